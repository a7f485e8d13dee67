"""From the oracle's report to results by group."""

from dataclasses import replace

import pytest

from evaluator.task import Group
from evaluator.trial.grading import _read_results, _texts, all_failed
from evaluator.trial.grading_boxes import Suite
from harness.sandbox import SandboxError
from harness.sandbox.tree import File

A = Group("1-fix/a", 1, "1-fix/test_a.py", "", weight=2.0)
B = Group("base/b", 0, "base/test_b.py", "", critical=True)


def case(group: Group, name: str, inside: str = "") -> str:
    return f'<testcase classname="c" name="{name}" file="{group.path}">{inside}</testcase>'


def report(*cases: str) -> str:
    return f'<?xml version="1.0"?><testsuites><testsuite name="pytest">{"".join(cases)}</testsuite></testsuites>'


@pytest.fixture
def read(tally):
    """Reads a report about a task of two groups."""
    task = replace(tally, base=(B,), probes=(), rounds=(replace(tally.rounds[0], groups=(A,)),))
    return lambda xml: _read_results(task, 1, {"xml": xml, "output": "what pytest\nsaid\x1b[0m"})


@pytest.fixture
def results(read):
    return lambda *cases: read(report(*cases))


class TestReadResults:
    def test_a_group_is_green_when_all_its_tests_are(self, results):
        found = results(case(A, "x"), case(A, "y"), case(B, "z"))
        assert found["1-fix/a"].tests == {"x": "", "y": ""}
        assert all(result.passed for result in found.values())

    def test_weight_round_and_critical_come_from_the_task(self, results):
        found = results(case(A, "x"), case(B, "z"))
        assert [(r.round, r.weight, r.critical) for r in found.values()] == [(0, 1.0, True), (1, 2.0, False)]

    @pytest.mark.parametrize(
        ("inside", "why"),
        [
            ('<failure message="assert 1 == 2">long text</failure>', "assert 1 == 2"),
            ('<error message="failed on setup">text</error>', "failed on setup"),
            ('<skipped message="no reason"/>', "no reason"),
            ("<failure/>", "Failure"),
            ("<skipped/>", "Skipped"),
            ('<failure message=""/>', "Failure"),
            ('<failure message="a&#10;b &#x202e;c"/>', "a\\nb \\u202ec"),
        ],
    )
    def test_a_failed_broken_or_skipped_test_makes_its_group_red_and_says_why(self, results, inside, why):
        found = results(case(A, "ok"), case(A, "bad", inside), case(B, "z"))
        assert not found["1-fix/a"].passed
        assert found["1-fix/a"].tests == {"ok": "", "bad": why}
        assert found["base/b"].passed

    def test_a_long_reason_is_cut(self, results):
        found = results(case(A, "bad", f'<failure message="{"x" * 5_000}"/>'), case(B, "z"))
        assert len(found["1-fix/a"].tests["bad"]) < 310

    def test_output_of_a_test_is_no_verdict(self, results):
        assert results(case(A, "x", "<system-out>FAILED</system-out>"), case(B, "z"))["1-fix/a"].passed

    def test_a_group_that_did_not_run_is_a_broken_task(self, results):
        with pytest.raises(
            SandboxError, match=r"hidden tests .* are broken \(base/b did not run\): what pytest \| said\\x1b"
        ):
            results(case(A, "x"))

    def test_tests_of_other_files_count_for_nobody(self, results):
        other = Group("x", 1, "1-fix/test_other.py", "")
        assert set(results(case(A, "x"), case(B, "z"), case(other, "q", "<failure/>"))) == {"1-fix/a", "base/b"}

    @pytest.mark.parametrize("xml", ["", "no xml", "<testsuites>", "<html></html>", "\x00"])
    def test_what_is_no_report_is_the_hosts_failure(self, read, xml):
        with pytest.raises(SandboxError):
            read(xml)

    @pytest.mark.parametrize(
        "head",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        ],
    )
    def test_entities_are_refused(self, read, head):
        body = report(case(A, "x", '<failure message="&a;"/>')).partition("?>")[2]
        with pytest.raises(SandboxError, match="cannot be read"):
            read(head + body)


def test_work_that_could_not_be_tested_failed_everything(tally):
    grade = all_failed(tally, 2, 3, "why")
    assert [*grade.groups] == ["base/total", "1-fix/negative", "2-feature/history"]
    assert [*grade.probes] == ["constraint/no_floats"]
    assert not any(group.passed for group in (*grade.groups.values(), *grade.probes.values()))
    assert (grade.green, grade.reason, grade.hand_in, grade.start_s) == (False, "why", 3, None)


class TestSuite:
    def test_it_holds_the_tests_of_the_rounds_so_far(self, tally):
        suite = Suite.of(tally, 2, shuffle=5)
        assert suite.tests == {
            "conftest.py": tally.conftest,
            **{group.path: group.text for group in (*tally.base, *tally.probes)},
            **{group.path: group.text for round_ in tally.rounds[:2] for group in round_.groups},
        }
        assert suite.shuffle == 5

    def test_its_name_changes_with_the_task(self, tally):
        assert Suite.of(tally, 1).name == Suite.of(tally, 3).name
        assert Suite.of(replace(tally, digest="0" * 64), 1).name != Suite.of(tally, 1).name

    def test_a_task_without_a_conftest_sends_none(self, tally):
        assert "conftest.py" not in Suite.of(replace(tally, conftest=""), 1).tests


def test_the_oracle_gets_only_what_is_text(tally):
    assert dict(_texts({"a": File(b"text"), "b": File(b"\xff")})) == {"a": "text"}
