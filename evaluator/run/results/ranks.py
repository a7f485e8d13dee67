"""Whether the order of a run's agents hangs on the composite's weights."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

from evaluator.evidence import TrialResult
from evaluator.run.results.counted import completed, is_control
from evaluator.scoring.composite import CORRECT_ENOUGH
from evaluator.stats.ranks import Part, RankStability, rank_stability


def agent_ranks(results: Sequence[TrialResult]) -> RankStability | None:
    """How firm the order of the agents is under weights around weights.toml's; None for fewer than two agents."""
    weights = tomllib.loads(resources.files("evaluator.scoring").joinpath("weights.toml").read_text(encoding="utf-8"))
    default: Mapping[str, float] = weights["default"]
    by_agent: dict[str, list[TrialResult]] = defaultdict(list)
    for result in completed(results):
        if not is_control(result.agent):
            by_agent[result.agent].append(result)
    if len(by_agent) < 2:
        return None
    return rank_stability({agent: parts(trials, default) for agent, trials in by_agent.items()}, default)


def parts(trials: Sequence[TrialResult], weights: Mapping[str, float]) -> list[Part]:
    """One agent's trials as parts of equal axes; every task weighs the same, as in the mean of the composite."""
    tasks = Counter(result.task for result in trials)
    shares: dict[frozenset[str], float] = defaultdict(float)
    sums: dict[frozenset[str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for result in trials:
        values = _contributions(result, weights)
        share = 1.0 / (len(tasks) * tasks[result.task])
        axes = frozenset(values)
        shares[axes] += share
        for axis, value in values.items():
            sums[axes][axis] += share * value
    return [Part(share, {axis: total / share for axis, total in sums[axes].items()}) for axes, share in shares.items()]


def _contributions(result: TrialResult, weights: Mapping[str, float]) -> dict[str, float]:
    """What each axis adds to the composite per weight: the terms of `scoring.composite`, all 0 where it is gated."""
    scores = {axis: value for axis, value in result.scores.items() if axis in weights and value is not None}
    gated = not result.scores.get("composite")
    trust = 0.0 if gated else min(1.0, scores.get("correctness", 0.0) / CORRECT_ENOUGH)
    return {
        axis: (0.0 if gated else value) if axis == "correctness" else trust * value for axis, value in scores.items()
    }
