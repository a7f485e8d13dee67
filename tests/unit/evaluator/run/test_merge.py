"""Shards made one run: alike or refused, each trial once, whole or not at all."""

import json
import os

import pytest

from evaluator.run import merge as module
from evaluator.run.folder import DiskError, RunError, TaskRef, read_info, read_results
from evaluator.run.merge import merge


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
