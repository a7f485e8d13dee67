import html
import json
import shutil
from pathlib import Path

import pytest
from read_pages import faults, read_page

from evaluator.evidence import TrialResult
from evaluator.report.site import write
from evaluator.report.site.page import POLICY
from evaluator.report.site.site import read_site
from evaluator.report.site.write import write_site
from evaluator.run.folder import DiskError, RunError, trial_names


def test_every_page_is_sound_and_every_link_leads_somewhere(written):
    assert list(faults(*written)) == []


def test_every_page_carries_its_policy(written):
    pages, _ = written
    policy = html.escape(POLICY.format(connect="'none'")).replace("&#x27;", "&#39;")
    for address, text in pages.items():
        assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text, address


def test_there_is_a_page_for_everything(written, made):
    pages, others = written
    kinds = {"index.html", "trials.html", "compare.html", "agents/codex.html", "tasks/tally.html"}
    trial = {
        f"trials/codex--tally--1/{name}" for name in ("index.html", "diff-1-fix.html", "steps-1.html", "calls-1.html")
    }
    assert kinds | trial | {"compare/hasty~~codex.html"} <= pages.keys()
    assert {f"trials/{name}/index.html" for name in trial_names(made)} <= pages.keys()
    assert {f"assets/{name}" for name in write.ASSETS} <= others


def test_every_page_is_light_enough(written):
    pages, _ = written
    assert max(map(len, pages.values())) < 1_000_000


def test_a_report_takes_the_place_of_an_earlier_one_whole(own, report):
    report(own)
    (gone,) = [name for name in trial_names(own) if name == "codex--tally--2"]
    shutil.rmtree(own / "trials" / gone)
    pages, _ = report(own)
    assert not [address for address in pages if gone + "/" in address]


def test_an_empty_folder_may_be_there_already(own, tmp_path):
    (tmp_path / "report").mkdir()
    assert write_site([own], tmp_path / "report") > 10


def test_a_folder_with_anything_else_is_left_alone(made, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years")
    with pytest.raises(RunError, match="something other than a report"):
        write_site([made], tmp_path / "home")
    assert (tmp_path / "home" / "thesis.txt").read_text() == "years"
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_file_in_the_way_is_left_alone(made, tmp_path):
    (tmp_path / "home").write_text("years")
    with pytest.raises(RunError, match="something other than a report"):
        write_site([made], tmp_path / "home")


def test_a_disk_that_takes_no_more_leaves_the_earlier_report(store_run, make_trial, tmp_path, monkeypatch):
    run = store_run("run", make_trial())
    write_site([run], tmp_path / "report")
    before = sorted(path.name for path in (tmp_path / "report").rglob("*"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "_write", full)
    with pytest.raises(DiskError, match=r"No space left.*Free some space, then report again"):
        write_site([run], tmp_path / "report")
    assert sorted(path.name for path in (tmp_path / "report").rglob("*")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report", "run"]


def test_it_tells_how_far_it_is(own, tmp_path):
    said = []
    write_site([own], tmp_path / "report", say=lambda n, of: said.append((n, of)))
    assert said == [(1, 2), (2, 2)]


def test_several_runs_get_a_page_over_all(own, store_run, make_trial, report):
    other = store_run("other", make_trial("zeta", "t"), make_trial("eta", "t"))
    pages, others = report(own, other)
    assert list(faults(pages, others)) == []
    assert {"index.html", "made/index.html", "other/index.html"} <= pages.keys()
    assert "zeta" in read_page(pages["index.html"]).text
    assert "../index.html" in read_page(pages["other/index.html"]).links


def test_runs_of_the_same_name_do_not_overwrite_each_other(store_run, make_trial, report):
    runs = [store_run(f"copy-{n}", make_trial(f"agent-{n}"), id="same") for n in (1, 2, 3)]
    pages, others = report(*runs)
    assert list(faults(pages, others)) == []
    assert {"same/index.html", "same~2/index.html", "same~3/index.html"} <= pages.keys()
    assert "agents/agent-2.html" in read_page(pages["same~2/index.html"]).links


@pytest.mark.parametrize("name", ["assets", "index.html", "..", ""])
def test_a_run_that_is_called_like_one_of_our_files(name, store_run, make_trial, report):
    pages, others = report(store_run("plain", make_trial()), store_run("odd", make_trial(), id=name))
    assert list(faults(pages, others)) == []
    assert sum(address.count("/") == 1 and address.endswith("/index.html") for address in pages) == 2


def test_trials_whose_names_differ_in_odd_characters_only(store_run, make_trial, report):
    names = ["a b", "a_b", "a\tb", "a\u202eb", "a~b", "_a", "ä", "a" * 110 + " b", "a" * 110 + "\tb"]
    pages, others = report(store_run("odd", *[make_trial(name) for name in names]))
    assert list(faults(pages, others)) == []
    assert sum(address.startswith("trials/") for address in pages) == len(names)
    assert sum(address.startswith("agents/") for address in pages) == len(names)


def test_agents_whose_names_could_be_read_as_pairs(store_run, make_trial, report):
    pages, _ = report(store_run("odd", *[make_trial(name) for name in ("a", "a--b", "b--c", "c")]))
    assert sum(address.startswith("compare/") for address in pages) == 6


def test_a_result_that_tells_of_another_trial_is_refused(store_run, make_trial, tmp_path):
    run = store_run("foreign", make_trial())
    file = run / "trials" / make_trial().name / "result.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "agent": "../../../elsewhere"}))
    with pytest.raises(RunError, match=r"tells of the trial \.\./\.\./\.\./elsewhere--t--1"):
        write_site([run], tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_a_run_without_trials(store_run, report):
    pages, others = report(store_run("empty"))
    assert list(faults(pages, others)) == []
    assert "No trial is stored yet" in pages["index.html"]
    assert "No trial is like that" in pages["trials.html"]


def test_agents_with_models_of_their_own_are_shown_with_them(store_run, make_trial, report):
    run = store_run("two", make_trial("a"), make_trial("b"), models={"a": "gpt-5", "b": "kimi-k3"})
    pages, _ = report(run)
    assert {"gpt-5", "kimi-k3"} <= set(read_page(pages["index.html"]).text.split())
    assert "; model kimi-k3" in read_page(pages["agents/b.html"]).text


def test_a_run_that_is_not_finished_says_so(store_run, make_trial, report):
    pages, _ = report(store_run("half", make_trial(attempt=1), attempts=3))
    assert "1 of 3 trials are stored" in pages["index.html"]


def test_a_run_of_infrastructure_errors_only(store_run, make_trial, report):
    broken = [make_trial(agent, attempt=n, broken=True) for agent in "ab" for n in (1, 2)]
    pages, others = report(store_run("broken", *broken))
    assert list(faults(pages, others)) == []
    assert "take no number here for a result" in pages["index.html"]
    assert "not scored" in pages["trials/a--t--1/index.html"]
    assert "boom" in pages["trials/a--t--1/index.html"]


def test_a_run_without_copies_of_its_tasks(own, report):
    shutil.rmtree(own / "tasks")
    pages, others = report(own)
    assert list(faults(pages, others)) == []
    assert "the run holds no copy of it" in pages["tasks/tally.html"]


def test_arms_twins_and_variants_stand_beside_the_trials_that_count(store_run, make_trial, report):
    trials = [
        make_trial("a"), make_trial("b"), make_trial("a", variant="clear"), make_trial("a", start=2, strict=(False,)),
        make_trial("a", "t.noisy"), make_trial("only-arms", variant="clear"),
    ]  # fmt: skip
    pages, others = report(store_run("arms", *trials))
    assert list(faults(pages, others)) == []
    assert "comparison arm clear" in pages["agents/a.html"]
    assert "from the reference's state" in pages["index.html"].replace("&#39;", "'")
    assert "0 trials on 0 tasks" in pages["agents/only-arms.html"]
    assert "tasks/t.noisy.html" in pages


def test_a_site_is_the_same_for_the_same_run(made):
    one, two = read_site(made), read_site(made)
    assert list(one.trials) == list(two.trials)
    assert one.colours == two.colours
    assert isinstance(next(iter(one.trials.values())), TrialResult)
    assert one.run == Path(made)
