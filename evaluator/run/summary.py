"""Scores over the trials of a run: the content of summary.json. Infrastructure errors are counted, never averaged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evaluator.evidence import SCORING_VERSION, TrialResult
from evaluator.stats.intervals import clustered_mean, wilson

VOID_SHARE = 0.05  # more infrastructure errors than this void a run's numbers


def summarise(results: Sequence[TrialResult]) -> dict[str, Any]:
    """What summary.json holds. Every number is over completed trials."""
    agents = sorted({result.agent for result in results})
    broken = sum(result.outcome != "completed" for result in results)
    return {
        "scoring_version": SCORING_VERSION,
        "trials": len(results),
        "infrastructure_errors": broken,
        "void": broken > VOID_SHARE * len(results),
        "agents": [_agent(name, [result for result in results if result.agent == name]) for name in agents],
    }


def _agent(name: str, results: Sequence[TrialResult]) -> dict[str, Any]:
    done = [result for result in results if result.outcome == "completed"]
    rounds = max((len(result.rounds) for result in done), default=0)
    return {
        "agent": name,
        "trials": len(done),
        "infrastructure_errors": len(results) - len(done),
        "tasks": len({result.task for result in done}),
        "scores": {axis: interval for axis in _axes(done) if (interval := _score(done, axis))},
        "first_try": _clustered(done, lambda result: sum(r.first_try for r in result.rounds) / len(result.rounds)),
        "strict_by_round": [_strict(done, number) for number in range(1, rounds + 1)],
        "whole_chain": asdict(wilson(sum(all(r.strict for r in result.rounds) for result in done), len(done))),
        "flags": {flag: sum(flag in result.flags for result in done) for flag in _flags(done)},
        "agent_wall_s": sum(result.agent_wall_s for result in done),
    }


def _strict(done: Sequence[TrialResult], number: int) -> dict[str, Any]:
    played = [result.rounds[number - 1] for result in done if len(result.rounds) >= number]
    return {"n": number, "kind": played[0].kind, **asdict(wilson(sum(r.strict for r in played), len(played)))}


def _score(done: Sequence[TrialResult], axis: str) -> dict[str, float] | None:
    return _clustered(done, lambda result: result.scores.get(axis))


def _clustered(done: Sequence[TrialResult], value: Any) -> dict[str, float] | None:
    by_task: dict[str, list[float]] = defaultdict(list)
    for result in done:
        if (number := value(result)) is not None:
            by_task[result.task].append(number)
    interval = clustered_mean(by_task)
    return asdict(interval) if interval else None


def _axes(done: Sequence[TrialResult]) -> list[str]:
    return list(dict.fromkeys(axis for result in done for axis in result.scores))


def _flags(done: Sequence[TrialResult]) -> list[str]:
    return sorted({flag for result in done for flag in result.flags})
