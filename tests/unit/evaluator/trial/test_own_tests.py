"""The agent's own tests, judged on trees it does not choose; the boxes here read a marker instead of running it."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace

import pytest

from evaluator.scoring.quality.reference import states
from evaluator.task.model import VisibleTests
from evaluator.trial import own_tests as module
from evaluator.trial.own_tests import Work, judge_own_tests, new_tests, with_tests
from harness.sandbox import BoxGone, SandboxError
from harness.sandbox.tree import File

OWN = "checks/test_own.py"


class Host:
    """`rule(tree, files)` is what a run comes to: an exit status, None when it was killed, or an error."""

    def __init__(self, rule):
        self.rule, self.runs = rule, []

    @contextlib.contextmanager
    def open(self, spec):
        assert spec.trial == "t"
        box = SimpleNamespace()
        box.copy_in = lambda tree: setattr(box, "tree", tree)

        def run(command, timeout_s):
            assert command[:2] == ["run", "tests"]
            self.runs.append((box.tree, tuple(command[2:])))
            outcome = self.rule(box.tree, command[2:])
            if isinstance(outcome, Exception):
                raise outcome
            return SimpleNamespace(code=outcome)

        box.run = run
        yield box


@pytest.fixture
def judged(tally, monkeypatch):
    monkeypatch.setattr(module, "_reference_kills", {tally.digest: 2})
    monkeypatch.setattr(module, "_verdicts", {})
    task = replace(
        tally,
        manifest=tally.manifest.model_copy(
            update={"tests": VisibleTests(paths=("checks/*", "tests/*"), command=("run", "tests", "{files}"))}
        ),
    )
    trees = [dict(tree) for tree in states(task)]

    def judge(rule, *, tests=b"def test_own(): ...\n", path=OWN, right=True):
        host = Host(rule)
        ends = [{**tree, path: File(tests + b"#" * n)} for n, tree in enumerate(trees)]
        works = [Work(n, trees[0] if n == 1 else ends[n - 1], ends[n], right) for n in (1, 2, 3)]
        return judge_own_tests(task, host, "image", works, trial="t"), host

    judge.trees, judge.task = trees, task
    return judge


def work_of(tree):
    return {path: file for path, file in tree.items() if not path.startswith(("checks/", "tests/"))}


def test_tests_that_tell_the_work_from_its_start_are_sound(judged):
    good = [work_of(tree) for tree in judged.trees]
    found, host = judged(lambda tree, files: 0 if work_of(tree) in good[1:] else 1)
    assert found[1].files == (OWN,)
    assert (found[1].red_at_start, found[1].green_on_own, found[1].green_on_reference) == (True, True, True)
    assert (found[3].mutants, found[3].killed, found[3].reference_killed) == (2, 2, 2)
    assert all(files == (OWN,) for _, files in host.runs)


def test_tests_that_always_pass_are_green_everywhere_and_notice_nothing(judged):
    found, _ = judged(lambda tree, files: 0)
    assert found[1].red_at_start is False
    assert found[3].killed == 0


def test_tests_that_always_fail_notice_nothing_either(judged):
    found, _ = judged(lambda tree, files: 1)
    assert (found[1].red_at_start, found[1].green_on_own) == (True, False)
    assert found[3].killed == 0


@pytest.mark.parametrize("outcome", [None, BoxGone("it ended its box")])
def test_a_run_that_is_killed_or_ends_its_box_did_not_pass(judged, outcome):
    found, _ = judged(lambda tree, files: outcome)
    assert (found[1].red_at_start, found[1].green_on_own, found[1].missing) == (True, False, "")


def test_what_the_host_prevents_is_absent_and_told(judged):
    found, _ = judged(lambda tree, files: SandboxError("no room for a box"))
    assert found[1].red_at_start is None
    assert found[1].missing == "no room for a box"


def test_the_same_tests_on_the_same_tree_run_once(judged):
    _, host = judged(lambda tree, files: 0)
    assert len(
        {(tuple(sorted(tree)), tuple(f.data for _, f in sorted(tree.items())), f_) for tree, f_ in host.runs}
    ) == len(host.runs)


def test_rounds_with_nothing_right_are_not_judged(judged):
    found, host = judged(lambda tree, files: 0, right=False)
    assert (found, host.runs) == ({}, [])


def test_without_a_command_nothing_is_judged(tally):
    assert judge_own_tests(tally, None, "image", [Work(1, {}, {}, True)], trial="t") == {}


def test_without_new_tests_nothing_is_run(judged):
    found, host = judged(lambda tree, files: 0, path="notes.md")
    assert found[1].files == ()
    assert host.runs == []


def test_fixtures_and_protected_files_are_not_named(judged):
    before, after = {}, {name: File(b"x") for name in ("checks/conftest.py", "tests/test_tally.py", OWN, "a.py")}
    assert new_tests(judged.task, before, after) == (OWN,)


def test_the_agents_tests_take_the_place_of_the_trees_own(judged):
    tree = {"a.py": File(b"1"), "tests/test_x.py": File(b"old"), "tests/conftest.py": File(b"old")}
    own = {"a.py": File(b"2"), "tests/test_x.py": File(b"new")}
    assert with_tests(judged.task, tree, own) == {"a.py": File(b"1"), "tests/test_x.py": File(b"new")}
