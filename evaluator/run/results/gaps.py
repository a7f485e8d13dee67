"""What agents lose on variants of tasks: renamed against remembered, hurried reports against careful ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.run.results.counted import completed, is_variant
from evaluator.stats.intervals import clustered_mean


def variant_gaps(results: Sequence[TrialResult]) -> list[dict[str, Any]]:
    """For each agent and variant the mean correctness on the tasks, on their variants, and the difference.

    Paired by task and attempt. A variant that expects nothing to be done (already-fixed, impossible) has no gap: what
    is right there is another thing, so only its own mean is told.
    """
    plain = {(one.agent, one.task, one.attempt): one for one in completed(results)}
    pairs: dict[tuple[str, str], dict[str, list[tuple[float | None, float]]]] = defaultdict(lambda: defaultdict(list))
    for one in results:
        value = one.scores.get("correctness")
        if not is_variant(one.task) or one.arm or one.outcome != "completed" or value is None:
            continue
        task, _, variant = one.task.partition(".")
        same = plain.get((one.agent, task, one.attempt))
        base = same.scores["correctness"] if same and len(same.rounds) == len(one.rounds) else None
        pairs[one.agent, variant][task].append((base, value))
    return [_row(agent, variant, dict(by_task)) for (agent, variant), by_task in sorted(pairs.items())]


def _row(agent: str, variant: str, by_task: dict[str, list[tuple[float | None, float]]]) -> dict[str, Any]:
    both = {task: [(b, v) for b, v in found if b is not None] for task, found in by_task.items()}
    gap = clustered_mean({task: [v - b for b, v in found] for task, found in both.items()})
    own = clustered_mean({task: [v for _, v in found] for task, found in by_task.items()})
    assert own  # noqa: S101 - a row has at least one trial
    return {
        "agent": agent,
        "variant": variant,
        "trials": sum(map(len, by_task.values())),
        "correctness": own.mean,
        "gap": {"mean": gap.mean, "low": gap.low, "high": gap.high} if gap else None,
    }
