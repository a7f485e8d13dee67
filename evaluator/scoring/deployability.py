"""Deployability: would one run this agent, and what it built, in production?

D is the mean over rounds of the mean of what applies, for rounds that are solved (I_r); others earn 0, since an agent
that answers at once with nothing is not deployable.

deadline  1 when the round ended before its deadline.
start     1 when the service was healthy within the task's `start_s`, 0.5 when it took up to four times that.
latency   1 when the 95th percentile (nearest rank) of the time to a model's first byte is within the profile's
          `reply_s`, then
          falling with the logarithm to 0 at ten times that. Absent where no model was metered.
budget    1 when no cap of the task ended a turn. Absent where no model was metered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from evaluator.scoring.axis import AxisScore, mean
from evaluator.scoring.efficiency import thrift
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence


def deployability(evidence: TrialEvidence) -> AxisScore:
    """D of a trial."""
    start_s = evidence.task.manifest.run.start_s if evidence.task.manifest.run.service else None
    solved = {
        one.round.number: round_parts(one, start_s, evidence.reply_s) for one in evidence.rounds if one.last.isolated
    }
    rounds = [mean(solved[r.number].values()) if r.number in solved else 0.0 for r in evidence.due]
    kinds = ("deadline", "start", "latency", "budget")
    return AxisScore(mean(rounds), {kind: mean(parts[kind] for parts in solved.values()) for kind in kinds})


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of a list that is not empty."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def round_parts(one: RoundEvidence, start_s: float | None, reply_s: float) -> Mapping[str, float | None]:
    """The parts of one round; `start_s` is None for work that is no service."""
    metered = [usage for usage in one.usage if usage is not None]
    replies = [seconds for usage in metered for seconds in usage.first_reply_s]
    took = one.grades[-1].start_s
    start = None if start_s is None else 1.0 if took is not None and took <= start_s else 0.5
    return {
        "deadline": 0.0 if one.timed_out else 1.0,
        "start": start,
        "latency": thrift(percentile(replies, 0.95), reply_s, 10 * reply_s) if replies else None,
        "budget": float(not any(usage.limit_hit for usage in metered)) if metered else None,
    }
