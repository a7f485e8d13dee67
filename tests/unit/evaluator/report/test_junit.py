"""A run as a CI dashboard reads it: who failed, who was never reached, and what was the machine's fault."""

import json

import junitparser
import pytest
from defusedxml import ElementTree

from evaluator.evidence import Grade, GroupResult, Message, TurnEnded
from evaluator.report.junit import MOST_TEXT, junit

HOSTILE = "a\x00b\x1b[2J]]> <b>&amp; \u202e \ufffe \r\n@team"


@pytest.fixture
def read():
    def suites(*runs):
        xml = junit(runs)
        ElementTree.fromstring(xml)  # whatever a run says, the document is well formed
        return list(junitparser.JUnitXml.fromstring(xml.decode()))

    return suites


@pytest.fixture
def round_of(make_trial):
    """A trial whose first round is red in some groups."""

    def made(**changes):
        trial = make_trial(strict=(False, True))
        groups = {"1-fix/late": "failed", "1-fix/early": "failed", "base/total": "passed"}
        first = trial.rounds[0].model_copy(update={"groups": groups, "hand_ins": 2, "wall_s": 12.5, **changes})
        return trial.model_copy(update={"rounds": (first, *trial.rounds[1:])})

    return made


def write_grade(run, trial, tests, reason=""):
    group = GroupResult(round=1, weight=1, critical=False, passed=False, tests=tests)
    good = GroupResult(round=0, weight=1, critical=False, passed=True, tests={"test_total": ""})
    grade = Grade(
        round=1,
        hand_in=2,
        groups={"1-fix/late": group, "base/total": good},
        probes={},
        start_s=1,
        reason=reason,
        wall_s=1,
    )
    home = run / "trials" / trial.name / "rounds" / "1-fix"
    home.mkdir(parents=True)
    (home / "grade.json").write_text(json.dumps(grade.model_dump(mode="json")))


def test_a_trial_is_a_suite_and_a_round_is_a_case(read, store_run, make_trial):
    (suite,) = read(store_run("run", make_trial("x", "t", 2, strict=(True, True))))
    assert (suite.name, suite.tests, suite.failures, suite.time) == ("x--t--2", 2, 0, 2.0)
    assert [(case.classname, case.name, case.time, case.is_passed) for case in suite] == [
        ("x.t", "1 fix, attempt 2", 1.0, True),
        ("x.t", "2 feature, attempt 2", 1.0, True),
    ]


def test_scores_are_properties(read, store_run, make_trial):
    trial = make_trial(
        scores={"correctness": 0.5, "recovery": None, "composite": 50.0}, dollars=0.25, flags=("box_lost",)
    )
    (suite,) = read(store_run("run", trial))
    assert {one.name: one.value for one in suite.properties()} == {
        "run": "run", "outcome": "completed", "sandbox": "docker (limits: full)", "flags": "box_lost",
        "dollars": "0.25", "score.correctness": "0.5", "score.composite": "50",
    }  # fmt: skip


def test_a_round_that_is_not_strict_failed_and_says_what_is_red(read, store_run, round_of):
    (suite,) = read(store_run("run", round_of()))
    failed, passed = suite
    assert failed.is_failure
    assert failed.time == 12.5
    assert failed.result[0].message == "red after 2 hand-ins: 1-fix/late, 1-fix/early"
    assert failed.result[0].text == "1-fix/late\n1-fix/early"
    assert passed.is_passed


def test_why_it_is_red_is_told_where_the_grade_is_stored(read, store_run, round_of):
    trial = round_of()
    run = store_run("run", trial)
    write_grade(run, trial, {"test_one": "assert 1 == 2", "test_two": ""})
    (suite,) = read(run)
    assert next(iter(suite)).result[0].text == "1-fix/late\n  test_one: assert 1 == 2"


def test_work_that_did_not_run_says_why(read, store_run, round_of):
    trial = round_of(reason="the service ended with status 1")
    run = store_run("run", trial)
    write_grade(run, trial, {}, "the service ended with status 1")
    (result,) = next(iter(read(run)[0])).result
    assert result.message == "the service ended with status 1"
    assert result.text == "the service ended with status 1\n1-fix/late"


def test_a_round_that_was_never_reached_is_skipped(read, store_run, make_trial):
    short, whole = make_trial(attempt=1, strict=(True,)), make_trial(attempt=2, strict=(True, True))
    suite = read(store_run("run", short, whole))[0]
    assert [case.name for case in suite if case.is_skipped] == ["2 feature, attempt 1"]
    assert suite.skipped == 1


def test_a_control_arm_has_the_one_round_that_it_is_for(read, store_run, make_trial):
    arm = make_trial(start=2, strict=(True, True))
    arm = arm.model_copy(update={"rounds": arm.rounds[1:]})
    assert [[case.name for case in suite] for suite in read(store_run("run", make_trial(), arm))] == [
        ["1 fix, attempt 1", "2 feature, attempt 1"], ["2 feature, attempt 1 +from2"],
    ]  # fmt: skip


class TestInfrastructureErrors:
    def test_it_is_an_error_in_the_round_where_it_happened(self, read, store_run, make_trial):
        broken = make_trial(attempt=2, broken=True)
        run = store_run("run", make_trial(strict=(True, True, True)), broken)
        events = [
            TurnEnded(
                at=1, round=1, hand_in=1, reason="finished", wall_s=7.5, exit_code=0, overrun_s=0, output=HOSTILE
            ),
            Message(at=2, round=2, hand_in=1, kind="report", text="now this"),
        ]
        file = run / "trials" / broken.name / "events.jsonl"
        file.write_text("".join(event.model_dump_json() + "\n" for event in events))
        suite = read(run)[1]
        before, there, after = suite
        assert (suite.errors, suite.failures, suite.skipped) == (1, 0, 2)
        assert (before.result[0].message, before.time) == ("graded, but not scored: the trial was not finished", 7.5)
        assert there.is_error
        assert there.result[0].message == "boom"
        assert after.result[0].message == "not reached"

    def test_a_control_arm_that_broke_has_its_one_round(self, read, store_run, make_trial):
        run = store_run("run", make_trial(), make_trial(start=2, broken=True))
        assert [(case.name, case.is_error) for case in read(run)[1]] == [("2 feature, attempt 1 +from2", True)]

    def test_without_events_it_happened_at_the_start(self, read, store_run, make_trial):
        broken = make_trial(attempt=2, broken=True)
        run = store_run("run", make_trial(), broken)
        (run / "trials" / broken.name / "events.jsonl").unlink()
        assert [case.is_error for case in read(run)[1]] == [True, False]

    def test_where_no_trial_of_the_task_was_finished_it_is_one_case(self, read, store_run, make_trial):
        (suite,) = read(store_run("run", make_trial(broken=True)))
        assert [(case.name, case.is_error) for case in suite] == [("trial, attempt 1", True)]


def test_several_runs_are_told_apart(read, store_run, make_trial):
    runs = [store_run(name, make_trial()) for name in ("one", "two")]
    assert [suite.name for suite in read(*runs)] == ["one/a--t--1", "two/a--t--1"]


def test_nothing_hostile_makes_it_invalid(read, store_run, round_of, make_trial):
    trial = round_of(reason=HOSTILE, groups={HOSTILE: "failed"})
    trial = trial.model_copy(update={"agent": "n<b>\x07", "flags": ("\x00",)})
    run = store_run("run", trial, make_trial(broken=True, error=HOSTILE))
    write_grade(run, trial, {"test_\x01": HOSTILE * 10_000})
    suites = read(run)
    texts = [result.text or result.message for suite in suites for case in suite for result in case.result]
    assert any("\\x1b[2J" in text for text in texts)
    assert all(len(text) < MOST_TEXT + 100 for text in texts)
