"""The pages of one trial: the trial itself, the change of each hand-in, the trajectory, the model calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from evaluator.evidence import Metered, RoundResult, Stated, Statement, TrialResult, TurnEnded, Usage
from evaluator.report.site import addresses
from evaluator.report.site.site import AXES, Site
from evaluator.report.site.trial.conversation import conversation
from evaluator.report.site.trial.diffs import Diff, read_diff
from evaluator.report.site.trial.explained import explained
from evaluator.report.site.trial.facts import facts
from evaluator.report.site.trial.matrix import matrix, reasons
from evaluator.report.site.trial.steps import StepsPage, paged, wholes
from evaluator.report.site.trial.timeline import timeline
from evaluator.report.site.trial.told import Told, read_told
from evaluator.run.stored_trial import StoredHandIn

CALLS = 500  # rows of one page
SUMS = ("calls", "failed", "retries", "faults", "refused", "input_tokens", "cached_tokens", "output_tokens")


def pages(site: Site, result: TrialResult) -> Iterator[tuple[str, str]]:
    """Every page of a trial, with its address."""
    for address, make in makers(read_told(site, result)).items():
        yield address, make()


def makers(told: Told) -> dict[str, Callable[[], str]]:
    """What makes each page of a trial."""
    name = told.name
    hand_ins = {_diff_address(told, hand_in): hand_in for hand_in in told.hand_ins}
    diffs = {address: cache(partial(read_diff, hand_in.diff)) for address, hand_in in hand_ins.items()}
    steps = paged(told.trajectory) if told.trajectory else []
    return {
        addresses.trial(name): partial(_trial, told, diffs, steps),
        **{address: partial(_diff, told, hand_in, diffs[address]) for address, hand_in in hand_ins.items()},
        **{addresses.steps(name, number): partial(_steps, told, steps, number) for number in range(1, len(steps) + 1)},
        **{
            addresses.output(name, step, number): partial(str, text)
            for step, number, text in wholes(told.trajectory or {})
        },
        **{
            addresses.calls(name, number): partial(_calls, told, number)
            for number in range(1, 1 + -(-len(told.calls) // CALLS))
        },
    }


def _trial(told: Told, diffs: Mapping[str, Callable[[], Diff]], steps: list[StepsPage]) -> str:
    grades = [hand_in.grade for hand_in in told.hand_ins]
    result = told.result
    attempts = told.site.attempts.get((result.agent, result.task, result.arm), ())
    return _page(
        told,
        "trial.html",
        addresses.trial(told.name),
        told.name,
        conversation=conversation(told.events),
        timeline=timeline(told.events, told.calls),
        columns=[(grade.round, grade.hand_in, grade) for grade in grades],
        rows=matrix(grades),
        reasons=reasons(grades),
        red=[n for n, grade in enumerate(grades) if not (grade.green and all(p.passed for p in grade.probes.values()))],
        explained=explained(result),
        facts=facts(told),
        rounds=[_round(told, one, diffs) for one in result.rounds],
        step_pages=steps,
        usage=_usage(told),
        before=next((one for one in reversed(attempts) if one.attempt < result.attempt), None),
        after=next((one for one in attempts if one.attempt > result.attempt), None),
    )


def _round(told: Told, one: RoundResult, diffs: Mapping[str, Callable[[], Diff]]) -> dict[str, Any]:
    own = [hand_in for hand_in in told.hand_ins if hand_in.grade.round == one.n]
    address = _diff_address(told, own[-1]) if own else None
    entry = told.task.rounds[one.n - 1].entry if told.task and one.n <= len(told.task.rounds) else None
    return {
        "result": one,
        "address": address,
        "diff": diffs[address]() if address else None,
        "earlier": [(hand_in.grade.hand_in, _diff_address(told, hand_in)) for hand_in in own[:-1]],
        "deadline_s": entry.deadline_s * told.site.findings.info.deadline_scale if entry else None,
        "turns": [event for event in told.events if isinstance(event, TurnEnded) and event.round == one.n],
    }


def _usage(told: Told) -> Usage | None:
    """What all turns together used of models."""
    turns = [event.usage for event in told.events if isinstance(event, Metered)]
    if not turns:
        return None
    summed = {name: sum(getattr(turn, name) for turn in turns) for name in SUMS}
    return Usage(**summed, dollars=told.result.dollars, estimated=any(turn.estimated for turn in turns))


def _diff(told: Told, hand_in: StoredHandIn, diff: Callable[[], Diff]) -> str:
    round_ = [one for one in told.hand_ins if one.grade.round == hand_in.grade.round]
    return _page(
        told,
        "diff.html",
        _diff_address(told, hand_in),
        f"{hand_in.slug}, hand-in {hand_in.grade.hand_in}",
        hand_in=hand_in,
        diff=diff(),
        statement=_statement(told, hand_in),
        hand_ins=[(one, _diff_address(told, one)) for one in round_],
        rounds=[(one.slug, _diff_address(told, one)) for one in told.last.values()],
        is_last=hand_in is told.last[hand_in.grade.round],
    )


def _diff_address(told: Told, hand_in: StoredHandIn) -> str:
    earlier = hand_in is not told.last[hand_in.grade.round]
    return addresses.diff(told.name, hand_in.slug, hand_in.grade.hand_in if earlier else None)


def _statement(told: Told, hand_in: StoredHandIn) -> Statement | None:
    place = (hand_in.grade.round, hand_in.grade.hand_in)
    said = [e.statement for e in told.events if isinstance(e, Stated) and (e.round, e.hand_in) == place]
    return said[-1] if said else None


def _steps(told: Told, pages_: list[StepsPage], number: int) -> str:
    return _page(
        told,
        "steps.html",
        addresses.steps(told.name, number),
        "Trajectory",
        steps=pages_[number - 1].steps,
        number=number,
        step_pages=pages_,
        kept=sum(len(one.steps) for one in pages_),
    )


def _calls(told: Told, number: int) -> str:
    return _page(
        told,
        "calls.html",
        addresses.calls(told.name, number),
        "Model calls",
        calls=told.calls[(number - 1) * CALLS : number * CALLS],
        number=number,
        pages=-(-len(told.calls) // CALLS),
    )


def _page(told: Told, template: str, address: str, title: str, **content: Any) -> str:
    return told.site.page(template, address, title, told=told, result=told.result, axes=AXES, **content)
