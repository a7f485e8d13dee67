"""Adaptability: does the work still get done on top of one's own earlier work, by rules said once, when minds change?

A = 0.5 carry + 0.3 rules + 0.2 change.

carry   over rounds r >= 2: rounds solved on the agent's own state / rounds solved from the reference's state, where
        that control arm ran, else the share of rounds solved. Solved is isolated (I_r): all the new, nothing broken.
        After SWE-CI and SlopCodeBench, whose agents fail late rounds that they solve from a clean start.
rules   mean over rounds of C_r times the share of standing constraints that still hold.
change  mean F_r of the rounds that retire an earlier requirement: their tests ask for the new behaviour and find the
        stale one. Absent where nothing is retired.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaluator.scoring.axis import AxisScore, clip, mean, weighted
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence


def adaptability(evidence: TrialEvidence, control: Mapping[int, bool] | None = None) -> AxisScore:
    """A of a trial. `control` says by round whether the same agent solved it from the reference's state.

    Absent for a task of one round. A round that was not reached counts as not solved.
    """
    played = {one.round.number: one for one in evidence.rounds}
    later = [round_.number for round_ in evidence.due if round_.number >= 2]
    if not later:
        return AxisScore(None)
    solved = {number: number in played and played[number].last.isolated for number in later}
    carry = sum(solved.values()) / len(later)
    compared = [number for number in later if control and number in control]
    if control and any(control[number] for number in compared):
        carry = clip(sum(solved[number] for number in compared) / sum(control[number] for number in compared))
    revised = [round_.number for round_ in evidence.due if round_.entry.retires]
    parts = {
        "carry": carry,
        "rules": _rules(evidence, played),
        "change": mean(played[number].last.new if number in played else 0.0 for number in revised),
    }
    value = weighted({"carry": (0.5, parts["carry"]), "rules": (0.3, parts["rules"]), "change": (0.2, parts["change"])})
    return AxisScore(value, parts)


def _rules(evidence: TrialEvidence, played: Mapping[int, RoundEvidence]) -> float | None:
    if not evidence.task.probes:
        return None
    return mean(
        played[round_.number].last.value * kept_rules(played[round_.number]) if round_.number in played else 0.0
        for round_ in evidence.due
    )


def kept_rules(one: RoundEvidence) -> float:
    """Share of the standing constraints that hold after the last hand-in; 1 where there are none."""
    probes = one.grades[-1].probes
    return sum(probe.passed for probe in probes.values()) / len(probes) if probes else 1.0
