"""Shards made one run: alike or refused, each trial once, whole or not at all."""

import json
import os
import shutil

import pytest
from made_run import Character, make_run

from evaluator.report.findings import read_findings
from evaluator.run import merge as module
from evaluator.run.folder import DiskError, RunError, Shard, TaskRef, read_info, read_results
from evaluator.run.merge import merge
from evaluator.run.rescore import rescore


def names(run):
    return [result.name for result in read_results(run)]


@pytest.fixture
def into(tmp_path):
    return tmp_path / "merged"


def test_shards_become_one_run(store_run, make_trial, into):
    one = store_run("one", make_trial("a", "t"), make_trial("a", "u", score=0.0))
    two = store_run("two", make_trial("b", "t"), make_trial("b", "t", 2))
    summary = merge([one, two], into)
    assert names(into) == ["a--t--1", "a--u--1", "b--t--1", "b--t--2"]
    info = read_info(into)
    assert (info.agents, [task.id for task in info.tasks], info.attempts) == (("a", "b"), ["t", "u"], 2)
    assert json.loads((into / "summary.json").read_text()) == json.loads(json.dumps(summary))
    assert [agent["trials"] for agent in summary["agents"]] == [2, 2]
    assert (into / "trials" / "b--t--2" / "events.jsonl").exists()


def test_the_order_of_the_shards_does_not_matter(store_run, make_trial, tmp_path):
    runs = [store_run(name, make_trial("a", task)) for name, task in (("one", "u"), ("two", "t"))]
    merge(runs, tmp_path / "m1")
    merge(runs[::-1], tmp_path / "m2")
    for file in ("run.json", "summary.json"):
        assert (tmp_path / "m1" / file).read_bytes() == (tmp_path / "m2" / file).read_bytes()


def test_the_shards_are_left_as_they_were(store_run, make_trial, into):
    one = store_run("one", make_trial("a"))
    before = {path: path.read_bytes() for path in one.rglob("*") if path.is_file()}
    merge([one], into)
    assert {path: path.read_bytes() for path in one.rglob("*") if path.is_file()} == before


def test_what_the_shards_keep_of_their_tasks_is_kept(store_run, make_trial, into):
    runs = [store_run("one", make_trial("a", "t")), store_run("two", make_trial("a", "u"))]
    for run, names_ in zip(runs, (("t.json", "both.json"), ("u.json", "both.json")), strict=True):
        (run / "tasks").mkdir()
        for name in names_:
            (run / "tasks" / name).write_text(run.name)
    merge(runs, into)
    assert {path.name: path.read_text() for path in (into / "tasks").iterdir()} == {
        "t.json": "one", "u.json": "two", "both.json": "one"
    }  # fmt: skip


def test_what_arms_say_of_a_trial_is_heard_although_another_shard_ran_them(tmp_path, into):
    whole = make_run(tmp_path / "whole", cast=[Character("solo", right=0.5)], attempts=2, control=True)
    shards = [shutil.copytree(whole, tmp_path / name) for name in ("main", "arms")]
    for shard in shards:
        for trial in (shard / "trials").iterdir():
            if ("+" in trial.name) is (shard.name == "main"):
                shutil.rmtree(trial)
    assert rescore(whole).changed
    merge(shards, into)
    assert read_results(into) == read_results(whole)
    assert json.loads((into / "summary.json").read_text()) == json.loads((whole / "summary.json").read_text())


class TestPlans:
    """Every shard's run.json tells the whole plan: what is missing of it is known without whoever is missing."""

    def test_a_missing_shard_is_missed(self, store_run, make_trial, into):
        tasks = tuple(TaskRef(id=name, version=1, digest=f"digest of {name}", folder=name) for name in "tu")
        shards = [
            store_run(f"s{n}", make_trial("a", "t", n), tasks=tasks, attempts=3, shard=Shard(number=n, of=6, trials=1))
            for n in (1, 2)
        ]
        assert any(
            "This is shard 2/6 of a run, with 1 of its trials;" in note for note in read_findings(shards[1]).notes
        )
        assert not any("are stored" in note for note in read_findings(shards[1]).notes)
        merge(shards, into)
        assert read_info(into).shard is None
        assert f"2 of 6 trials are stored; --resume --run-dir {into} runs the rest." in read_findings(into).notes

    def test_a_plan_without_a_trial_says_which_agents_are_missing(self, store_run, make_trial, into):
        tasks = (TaskRef(id="t", version=1, digest="digest of t", folder="t"),)
        plan = store_run("plan", agents=("a", "b"), tasks=tasks, attempts=2)
        merge([plan, store_run("one", make_trial("a"), attempts=2)], into)
        assert read_info(into).agents == ("a", "b")
        assert any("1 of 4 trials are stored" in note for note in read_findings(into).notes)
        merge([plan], into.with_name("nothing"))
        assert any("0 of 4 trials are stored" in note for note in read_findings(into.with_name("nothing")).notes)


class TestModels:
    def test_every_agent_may_have_its_own(self, store_run, make_trial, into):
        runs = [
            store_run("one", make_trial("codex"), model="gpt", models={"codex": "gpt"}),
            store_run("two", make_trial("claude"), model="sonnet"),  # of a version that had no list
            store_run("three", make_trial("nop")),
        ]
        merge(runs, into)
        info = read_info(into)
        assert (info.model, info.models) == (None, {"claude": "sonnet", "codex": "gpt"})
        assert [info.model_of(agent) for agent in info.agents] == ["sonnet", "gpt", None]
        merge([into, *runs], into.with_name("again"))
        assert read_info(into.with_name("again")).models == info.models

    def test_one_model_is_that_of_the_run_although_some_agents_take_none(self, store_run, make_trial, into):
        runs = [store_run("one", make_trial("codex"), model="gpt"), store_run("two", make_trial("nop"))]
        merge(runs[::-1], into)
        assert (read_info(into).model, read_info(into).models) == ("gpt", {"codex": "gpt"})
        merge([into, *runs], into.with_name("again"))  # as a plan with its shards

    def test_an_agent_with_two_is_refused(self, store_run, make_trial, into):
        runs = [store_run(name, make_trial("codex", attempt=n), model=name) for n, name in ((1, "gpt"), (2, "mini"))]
        with pytest.raises(RunError, match=r"Different model of codex: gpt in .*gpt, mini in .*mini"):
            merge(runs, into)


class TestDuplicates:
    def test_identical_trials_are_kept_once(self, store_run, make_trial, into):
        merge([store_run("one", make_trial()), store_run("two", make_trial())], into)
        assert names(into) == ["a--t--1"]

    def test_different_trials_of_one_name_are_refused_with_both_places(self, store_run, make_trial, into):
        runs = [store_run("one", make_trial(score=1.0)), store_run("two", make_trial(score=0.5))]
        with pytest.raises(
            RunError, match=r"Two different trials have one name: .*one/trials/a--t--1 and .*two/trials"
        ):
            merge(runs, into)
        assert not into.exists()

    def test_any_file_makes_a_trial_different(self, store_run, make_trial, into):
        runs = [store_run("one", make_trial()), store_run("two", make_trial())]
        (runs[1] / "trials" / "a--t--1" / "events.jsonl").write_text("more")
        with pytest.raises(RunError, match="Two different trials"):
            merge(runs, into)

    def test_size_and_time_do_not_make_files_the_same(self, store_run, make_trial, into):
        runs = [store_run("one", make_trial()), store_run("two", make_trial())]
        for run, text in zip(runs, ("yes", "no!"), strict=True):
            events = run / "trials" / "a--t--1" / "events.jsonl"
            events.write_text(text)
            os.utime(events, (1, 1))
        with pytest.raises(RunError, match="Two different trials"):
            merge(runs, into)

    @pytest.mark.parametrize("first_is_broken", [True, False])
    def test_a_completed_trial_supersedes_an_infrastructure_error(self, store_run, make_trial, into, first_is_broken):
        runs = [
            store_run("one", make_trial(broken=first_is_broken)),
            store_run("two", make_trial(broken=not first_is_broken)),
        ]
        assert merge(runs, into)["infrastructure_errors"] == 0

    def test_of_two_infrastructure_errors_the_first_is_kept(self, store_run, make_trial, into):
        merge([store_run("one", make_trial(broken=True)), store_run("two", make_trial(broken=True))], into)
        assert (into / "trials" / "a--t--1" / "events.jsonl").read_text() == "one\n"


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"sandbox": "bubblewrap"}, "Different sandbox: docker in .*one, bubblewrap in .*two"),
            ({"deadline_scale": 2.0}, "Different deadline scale: 1.0 in .*one, 2.0 in .*two"),
            ({"versions": {"relaybench": "2"}}, "Different version of relaybench: 1 in .*one, 2 in .*two"),
            (
                {"tasks": (TaskRef(id="t", version=3, digest="other", folder="t"),)},
                r"Different task t: version 1 \(digest of t\) in .*one, version 3 \(other\) in .*two",
            ),
        ],
    )
    def test_runs_that_were_not_asked_alike(self, store_run, make_trial, into, changes, said):
        runs = [store_run("one", make_trial()), store_run("two", make_trial("b"), **changes)]
        with pytest.raises(RunError, match=said):
            merge(runs, into)
        assert not into.exists()

    def test_what_only_one_run_installed_is_no_reason(self, store_run, make_trial, into):
        versions = [{"relaybench": "1", "codex": "5"}, {"relaybench": "1", "claude": "6"}]
        runs = [store_run(name, make_trial(name), versions=v) for name, v in zip("ab", versions, strict=True)]
        merge(runs, into)
        assert read_info(into).versions == {"relaybench": "1", "codex": "5", "claude": "6"}

    def test_boxes_with_other_limits(self, store_run, make_trial, into):
        runs = [store_run("one", make_trial()), store_run("two", make_trial("b", limits="partial"))]
        with pytest.raises(RunError, match="Different limits of the boxes"):
            merge(runs, into)

    def test_the_machines_own_python_is_no_reason(self, store_run, make_trial, into):
        other = {"relaybench": "1", "python": "3.13.0"}
        merge([store_run("one", make_trial()), store_run("two", make_trial("b"), versions=other)], into)
        assert read_info(into).versions == {"relaybench": "1", "python": "3.11.1 | 3.13.0"}

    def test_a_folder_that_holds_something(self, store_run, make_trial, into):
        into.mkdir()
        (into / "x").touch()
        with pytest.raises(RunError, match="is not empty"):
            merge([store_run("one", make_trial())], into)

    def test_a_folder_that_is_no_run(self, tmp_path, into):
        (tmp_path / "x").mkdir()
        with pytest.raises(RunError, match="is this a run folder"):
            merge([tmp_path / "x"], into)


def test_an_empty_folder_may_be_named(store_run, make_trial, into):
    into.mkdir()
    merge([store_run("one", make_trial())], into)
    assert names(into) == ["a--t--1"]


def test_half_way_nothing_is_left(store_run, make_trial, into, monkeypatch):
    one = store_run("one", make_trial(), make_trial(attempt=2))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "summarise", full)
    with pytest.raises(DiskError, match="cannot be written: No space left on device"):
        merge([one], into)
    assert sorted(path.name for path in into.parent.iterdir()) == ["one"]
