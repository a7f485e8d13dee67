"""The conditions of a run: read from a file, recorded, and never mixed."""

import json

import pytest

from evaluator.run.folder import RunError, read_info
from evaluator.run.plan import check_resumable, make_plan
from evaluator.run.profile import Profile
from evaluator.run.profiles import FOLDER, load_profile
from evaluator.run.results.mixing import Source, conflicts
from evaluator.task.model import Effort

STRICT = FOLDER / "strict.toml"


def test_without_one_nothing_is_different():
    plain = load_profile(None)
    caps = Effort(turns=10, tokens=1000, dollars=0.5)
    limits = plain.limits(caps)
    assert (limits.calls, limits.tokens, limits.dollars) == (10, 1000, 0.5)
    assert plain.fault_plan() == ()
    assert str(plain) == "plain"


@pytest.mark.parametrize("name", [file.stem for file in sorted(FOLDER.glob("*.toml"))])
def test_those_that_come_along_can_be_used(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.about
    assert len(profile.fault_plan()) == len(profile.faults)


def test_caps_are_multiplied_and_never_gone():
    half = Profile(caps={"calls": 0.5, "tokens": 0.5, "dollars": 0.5})
    assert half.limits(Effort(turns=9, tokens=101, dollars=1.0)).model_dump(exclude_none=True) == {
        "calls": 4, "tokens": 50, "dollars": 0.5,
    }  # fmt: skip
    assert half.limits(Effort(turns=1)).calls == 1
    assert half.limits(Effort()).calls is None


def test_an_attempt_meets_the_same_faults_again_and_another_meets_others():
    profile = load_profile("strict")
    seeds = [profile.trial_seed("tally", attempt) for attempt in (1, 1, 2)]
    assert seeds[0] == seeds[1] != seeds[2]


def test_reports_are_noisy_only_where_that_is_asked_for():
    noises = [load_profile(name).noise("tally", 1) for name in (None, "strict", "noisy")]
    assert noises[:2] == [None, None]
    assert noises[2] is not None


def test_noise_is_the_same_for_all_agents_and_for_whoever_repeats_the_run(tally):
    def noises(seed=1):
        profile = Profile(noisy_reports=True, seed=seed)
        plan = make_plan(
            ["nop", "reference"], [str(tally.folder)], attempts=2, deadline_scale=1, sandbox="auto", control=True,
            twin=True, profile=profile,
        )  # fmt: skip
        return {(spec.agent, spec.attempt, spec.variant, spec.start): spec.noise for spec in plan.trials}

    found = noises()
    by_attempt = [{noise for (_, attempt, *_), noise in found.items() if attempt == n} for n in (1, 2)]
    assert [len(noise) for noise in by_attempt] == [1, 1]  # arms are told what the trial is told that they serve
    assert by_attempt[0] != by_attempt[1]
    assert found == noises()
    assert found.values() != noises(seed=2).values()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reply_s = 0", "`reply_s`: found 0"),
        ("replys = 1", "did you mean `reply_s`"),
        ('[[faults]]\nid = "a"', "rule 1: .*it does nothing"),
        ('[[faults]]\nid = "a"\nstatsu = 429', "rule 1: `statsu`: unknown key; did you mean `status`"),
        ('[[faults]]\nid = "a"\ndrop = true\n[[faults]]\nid = "a"\ndrop = true', "rule 2: `id`: 'a' stands twice"),
        ("x", "not valid TOML"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, text, told):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(RunError, match=f"(?s)own.toml.*{told}"):
        load_profile(str(tmp_path / "own.toml"))


def test_a_name_that_is_none_is_told_with_the_nearest():
    with pytest.raises(RunError, match="Did you mean `strict`"):
        load_profile("stric")


@pytest.fixture
def infos(store_run, make_trial, tmp_path):
    """run.json of a plain run, of a strict one, and of one under an edited file of the same name."""
    (tmp_path / "strict.toml").write_text(STRICT.read_text().replace("reply_s = 5.0", "reply_s = 6.0"))
    profiles = [Profile(), load_profile("strict"), load_profile(str(tmp_path / "strict.toml"))]
    return [read_info(store_run(f"run{n}", make_trial(), profile=one)) for n, one in enumerate(profiles)]


def test_it_is_recorded_whole(infos):
    assert infos[1].profile == load_profile("strict")
    assert infos[2].profile.reply_s == 6.0


def test_results_under_different_ones_do_not_compare(infos, make_trial):
    sources = [Source(f"run{n}", info, [make_trial()]) for n, info in enumerate(infos)]
    assert conflicts(sources[:1] * 2) == []
    assert "Different profile: plain in run0, strict (" in conflicts(sources[:2])[0]
    assert len(conflicts(sources[1:])) == 1


def test_a_run_goes_on_only_under_its_own(infos):
    with pytest.raises(RunError, match="profile = plain, not strict"):
        check_resumable(infos[0], infos[1])
    with pytest.raises(RunError, match="profile = strict"):
        check_resumable(infos[1], infos[2])


def test_a_run_from_before_there_were_any_is_plain(store_run, make_trial):
    path = store_run("old", make_trial())
    stored = json.loads((path / "run.json").read_text())
    del stored["profile"]
    (path / "run.json").write_text(json.dumps(stored))
    assert read_info(path).profile == Profile()
