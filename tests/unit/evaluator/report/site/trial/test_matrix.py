import pytest

from evaluator.evidence import Grade, GroupResult
from evaluator.report.site.trial.matrix import matrix, reasons


@pytest.fixture
def grade():
    """A grade: `grade(1, {"1-fix/a": True})`, rules by `probes=`; a failed group says why in its one test."""

    def made(round_, groups, probes=(), hand_in=1, why="boom"):
        def results(found):
            return {
                name: GroupResult(
                    round=int(name[0]) if name[0].isdigit() else 0, weight=1, critical=False, passed=ok,
                    tests={"test_it": "" if ok else why} if why is not None else {},
                )
                for name, ok in dict(found).items()
            }  # fmt: skip

        return Grade(
            round=round_,
            hand_in=hand_in,
            groups=results(groups),
            probes=results(probes),
            start_s=1,
            reason="",
            wall_s=1,
        )

    return made


def cells(grades):
    return {row.name: " ".join(row.cells) for row in matrix(grades)}


def test_what_broke_when_and_what_was_mended(grade):
    found = cells([
        grade(1, {"base/a": True, "1-fix/b": False}),
        grade(1, {"base/a": True, "1-fix/b": True}),
        grade(2, {"base/a": False, "1-fix/b": True, "2-feature/c": False}),
        grade(2, {"base/a": False, "1-fix/b": False, "2-feature/c": True}),
    ])  # fmt: skip
    assert found == {
        "base/a": "passed passed broken failed",
        "1-fix/b": "failed mended passed broken",
        "2-feature/c": "unasked unasked failed mended",
    }


def test_a_retired_requirement_is_not_asked_any_more(grade):
    found = cells([grade(1, {"1-fix/a": True}), grade(2, {"2-feature/b": True}), grade(3, {"1-fix/a": True})])
    assert found["1-fix/a"] == "passed unasked passed"


def test_rules_stand_last_and_rounds_in_order(grade):
    rows = matrix([grade(2, {"2-feature/z": True, "1-fix/b": True, "base/a": True}, probes={"a-rule": False})])
    assert [(row.name, row.rule, row.ever_red) for row in rows] == [
        ("base/a", False, False), ("1-fix/b", False, False), ("2-feature/z", False, False), ("a-rule", True, True),
    ]  # fmt: skip


def test_a_requirement_and_a_rule_of_one_name_stay_apart(grade):
    rows = matrix([grade(1, {"same": True}, probes={"same": False})])
    assert [(row.name, row.rule, *row.cells) for row in rows] == [("same", False, "passed"), ("same", True, "failed")]


def test_no_grade_no_rows():
    assert matrix([]) == []


def test_a_reason_is_told_once_as_long_as_it_stays_the_same(grade):
    grades = [
        grade(1, {"a": False, "b": False}, why="one"),
        grade(1, {"a": False, "b": True}, why="one"),
        grade(1, {"a": False, "b": False}, why="two"),
        grade(1, {"a": True, "b": False}, why="two"),
        grade(1, {"a": False, "b": False}, why="two"),
    ]
    found = [(why.column, why.group, *why.tests.values()) for why in reasons(grades)]
    assert found == [(0, "a", "one"), (0, "b", "one"), (2, "a", "two"), (2, "b", "two"), (4, "a", "two")]


def test_what_could_not_be_tested_after_it_held_is_told(grade):
    grades = [grade(1, {"a": True}), grade(1, {"a": False}, why=None), grade(1, {"a": False}, why=None)]
    assert [(why.column, dict(why.tests)) for why in reasons(grades)] == [(1, {})]
