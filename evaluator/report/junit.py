"""Runs as JUnit XML, for CI dashboards: a suite a trial, a case a round.

A case's class is "<agent>.<task>" and its name the round and the attempt, so that a dashboard follows one over many
runs. A round that is not strict has failed; one of a trial that the host's failure ended is an error, or was skipped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import junitparser

from evaluator.evidence import Event, RoundResult, TrialResult, TurnEnded
from evaluator.report.findings import why
from evaluator.run.folder import RunError, read_info, read_results
from evaluator.run.stored_trial import read_events, read_hand_ins
from harness.sandbox.tree import printable

MOST_TEXT = 20_000  # characters about one failed round

Rounds = Mapping[str, Sequence[tuple[int, str]]]  # a task's rounds: number and kind


def junit(runs: Sequence[Path]) -> bytes:
    """All trials of these runs. Raises `RunError`."""
    report = junitparser.JUnitXml("relaybench")
    for run in runs:
        run_id, results = read_info(run).id, read_results(run)
        rounds = _rounds_by_task(results)
        for result in results:
            # Not by add_testsuite, which looks for an equal one among all that are there.
            suite = _suite(run, run_id, result, rounds.get(result.task, ()), several=len(runs) > 1)
            report.append(suite)  # type: ignore[no-untyped-call]
    report.update_statistics()  # type: ignore[no-untyped-call]
    xml: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return xml


def _suite(
    run: Path, run_id: str, result: TrialResult, rounds: Sequence[tuple[int, str]], *, several: bool
) -> junitparser.TestSuite:
    suite = junitparser.TestSuite(printable(f"{run_id}/{result.name}" if several else result.name))
    for name, value in _properties(run_id, result):
        suite.add_property(name, printable(value, 1_000))
    cases = _played(run, result, rounds) if result.outcome == "completed" else _broken(run, result, rounds)
    for name, time_s, outcome in cases:
        case = junitparser.TestCase(
            printable(f"{name}, attempt {result.attempt}{f' +{result.arm}' if result.arm else ''}"),
            classname=printable(f"{result.agent}.{result.task}"),
            time=time_s,
        )
        if outcome:
            case.result = [outcome]
        suite.add_testcase(case)
    return suite


def _properties(run_id: str, result: TrialResult) -> Iterator[tuple[str, str]]:
    yield "run", run_id
    yield "outcome", result.outcome
    yield "sandbox", f"{result.sandbox} (limits: {result.limits})"
    if result.flags:
        yield "flags", ", ".join(result.flags)
    if result.dollars is not None:
        yield "dollars", f"{result.dollars:.6g}"
    for axis, value in result.scores.items():
        if value is not None:
            yield f"score.{axis}", f"{value:.4g}"


Case = tuple[str, float, junitparser.junitparser.FinalResult | None]


def _played(run: Path, result: TrialResult, rounds: Sequence[tuple[int, str]]) -> Iterator[Case]:
    for round_ in result.rounds:
        failure = None
        if not round_.strict:
            failure = junitparser.Failure(printable(why(round_), 1_000), "not strict")
            failure.text = _evidence(run, result, round_)
        yield f"{round_.n} {round_.kind}", round_.wall_s, failure
    there = {round_.n for round_ in result.rounds}
    for number, kind in rounds:
        if number not in there and result.start == 1:
            yield f"{number} {kind}", 0.0, junitparser.Skipped("not reached")


def _evidence(run: Path, result: TrialResult, round_: RoundResult) -> str:
    """Each red group and why its tests failed, as far as that is stored."""
    grades = [
        one.grade
        for one in read_hand_ins(run / "trials" / result.name, with_diffs=False)
        if one.grade.round == round_.n
    ]
    if not grades:
        return "\n".join(printable(name) for name, said in round_.groups.items() if said == "failed")
    grade = grades[-1]
    lines = [printable(grade.reason, 1_000)] if grade.reason else []
    for name, group in grade.groups.items():
        if not group.passed:
            lines.append(printable(name))
            lines += [f"  {printable(test)}: {printable(said, 500)}" for test, said in group.tests.items() if said]
    text = "\n".join(lines)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n… cut here; grade.json has the rest"


def _broken(run: Path, result: TrialResult, rounds: Sequence[tuple[int, str]]) -> Iterator[Case]:
    """An error in the round in which the trial broke; the others say why they have no verdict."""
    error = junitparser.Error(printable(result.error, 1_000), "infrastructure error")
    due = [(number, kind) for number, kind in rounds if result.start in (1, number)]
    if not due:  # no trial of this task was finished: its rounds are not known
        yield "trial", 0.0, error
        return
    events: list[Event] = []
    with contextlib.suppress(RunError):
        events = read_events(run / "trials" / result.name / "events.jsonl")
    reached = max((event.round for event in events), default=result.start)
    for number, kind in due:
        worked_s = sum(event.wall_s for event in events if isinstance(event, TurnEnded) and event.round == number)
        skipped = "graded, but not scored: the trial was not finished" if number < reached else "not reached"
        yield f"{number} {kind}", worked_s, error if number == reached else junitparser.Skipped(skipped)


def _rounds_by_task(results: Sequence[TrialResult]) -> Rounds:
    found: dict[str, list[tuple[int, str]]] = {}
    for result in results:
        rounds = [(round_.n, round_.kind) for round_ in result.rounds]
        if result.start == 1 and len(rounds) > len(found.get(result.task, ())):
            found[result.task] = rounds
    return found
