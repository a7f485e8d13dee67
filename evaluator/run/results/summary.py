"""Scores over the trials of a run: the content of summary.json. Infrastructure errors are counted, never averaged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evaluator.evidence import SCORING_VERSION, TrialResult
from evaluator.run.results.choose import Offer, offers, pareto_set
from evaluator.run.results.counted import completed, is_control, whole_chain
from evaluator.run.results.gaps import variant_gaps
from evaluator.run.results.items import item_health
from evaluator.run.results.means import mean_of, mean_score
from evaluator.run.results.ranks import agent_ranks
from evaluator.stats.attempts import pass_at_k, pass_hat_k
from evaluator.stats.intervals import wilson
from evaluator.stats.survival import survival

VOID_SHARE = 0.05  # more infrastructure errors than this void a run's numbers


def summarise(results: Sequence[TrialResult]) -> dict[str, Any]:
    """What summary.json holds. Every number is over completed main trials; `arms` counts the others."""
    by_agent: dict[str, list[TrialResult]] = defaultdict(list)
    for result in sorted(results, key=lambda result: result.agent):
        by_agent[result.agent].append(result)
    broken = sum(result.outcome != "completed" for result in results)
    ranks = agent_ranks(results)
    offered = {offer.agent: offer for offer in offers(by_agent, axes=["composite"])}
    efficient, cost = pareto_set([offer for agent, offer in offered.items() if not is_control(agent)])
    return {
        "scoring_version": SCORING_VERSION,
        "trials": len(results),
        "infrastructure_errors": broken,
        "void": broken > VOID_SHARE * len(results),
        "agents": [_agent(name, trials, offered.get(name)) for name, trials in by_agent.items()],
        "items": [asdict(item) for item in item_health(results)],
        "rank_stability": asdict(ranks) if ranks else None,
        "pareto": {"cost": cost, "agents": efficient},
        "variants": variant_gaps(results),
        "arms": dict(Counter(result.arm for result in results if result.arm)),
    }


def _agent(name: str, results: Sequence[TrialResult], offer: Offer | None) -> dict[str, Any]:
    done = completed(results)
    rounds = range(1, max((len(result.rounds) for result in done), default=0) + 1)
    first_try = mean_of(done, lambda result: sum(r.first_try for r in result.rounds) / len(result.rounds))
    by_task: dict[str, list[TrialResult]] = defaultdict(list)
    for result in sorted(done, key=lambda result: result.task):
        by_task[result.task].append(result)
    return {
        "agent": name,
        "trials": len(done),
        "infrastructure_errors": sum(result.outcome != "completed" for result in results),
        "tasks": len(by_task),
        "scores": {axis: asdict(interval) for axis in _axes(done) if (interval := mean_score(done, axis))},
        "first_try": asdict(first_try) if first_try else None,
        "strict_by_round": [_strict(done, number) for number in rounds],
        "degradation": [_degradation(done, number) for number in rounds],
        "survival": survival([[round_.strict for round_ in result.rounds] for result in done]),
        "whole_chain": asdict(wilson(sum(map(whole_chain, done)), len(done))),
        **_attempts(list(by_task.values())),
        "by_task": {task: _task(trials) for task, trials in by_task.items()},
        "flags": {flag: sum(flag in result.flags for result in done) for flag in _flags(done)},
        "agent_wall_s": sum(result.agent_wall_s for result in done),
        "dollars_a_trial": offer.dollars if offer else None,
        "seconds_a_trial": offer.seconds if offer else None,
    }


def _strict(done: Sequence[TrialResult], number: int) -> dict[str, Any]:
    played = [result.rounds[number - 1] for result in done if len(result.rounds) >= number]
    return {"n": number, "kind": played[0].kind, **asdict(wilson(sum(r.strict for r in played), len(played)))}


def _degradation(done: Sequence[TrialResult], number: int) -> dict[str, Any]:
    """Mean S_r and C_r over the trials whose task has a round r."""
    played = [result.rounds[number - 1] for result in done if len(result.rounds) >= number]
    return {
        "n": number,
        "trials": len(played),
        "strict": sum(r.strict for r in played) / len(played),
        "correctness": sum(r.correctness for r in played) / len(played),
    }


def _attempts(tasks: Sequence[Sequence[TrialResult]]) -> dict[str, dict[str, float]]:
    """pass@k and pass^k of whole-chain success, the mean over tasks, for every k that all tasks had attempts for."""
    counts = [(len(trials), sum(map(whole_chain, trials))) for trials in tasks]
    most = min((attempts for attempts, _ in counts), default=0)
    return {
        key: {str(k): sum(share(n, c, k) for n, c in counts) / len(counts) for k in range(1, most + 1)}
        for key, share in (("pass_at_k", pass_at_k), ("pass_hat_k", pass_hat_k))
    }


def _task(trials: Sequence[TrialResult]) -> dict[str, Any]:
    """One agent on one task: means over its trials."""
    return {
        "trials": len(trials),
        "whole_chain": sum(map(whole_chain, trials)) / len(trials),
        "scores": {axis: mean for axis in _axes(trials) if (mean := _mean(trials, axis)) is not None},
        "agent_wall_s": sum(result.agent_wall_s for result in trials) / len(trials),
    }


def _mean(trials: Sequence[TrialResult], axis: str) -> float | None:
    values = [value for result in trials if (value := result.scores.get(axis)) is not None]
    return sum(values) / len(values) if values else None


def _axes(done: Sequence[TrialResult]) -> list[str]:
    return list(dict.fromkeys(axis for result in done for axis in result.scores))


def _flags(done: Sequence[TrialResult]) -> list[str]:
    return sorted({flag for result in done for flag in result.flags})
