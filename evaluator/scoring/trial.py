"""One trial, scored: the single entry, for a trial's end and for `relaybench rescore`, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluator.evidence import SCORING_VERSION, RoundResult, TrialResult
from evaluator.scoring.adaptability import adaptability
from evaluator.scoring.axis import AxisScore
from evaluator.scoring.calibration import calibration
from evaluator.scoring.clarification import clarification
from evaluator.scoring.composite import composite, presets
from evaluator.scoring.correctness import correctness
from evaluator.scoring.deployability import deployability
from evaluator.scoring.efficiency import efficiency
from evaluator.scoring.gates import gated
from evaluator.scoring.quality.reference import Reference
from evaluator.scoring.quality.score import quality
from evaluator.scoring.recovery import recovery
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence
from evaluator.scoring.subskills import subskills

DIGITS = 9  # places kept: sums of floats may differ in the last ones between machines


@dataclass(frozen=True)
class Siblings:
    """What other trials of the run say about this one.

    `control`: by round, whether the same agent solved it from the reference's state. `needless`: share of the agent's
    clear twins in which it asked a question.
    """

    control: Mapping[int, bool] = field(default_factory=dict)
    needless: float | None = None


@dataclass(frozen=True)
class Scored:
    """`scores`: every axis and the composite. `composites`: those of presets. `parts`: the numbers behind each axis."""

    scores: dict[str, float | None]
    composites: dict[str, float]
    parts: dict[str, dict[str, float | None]]
    subskills: dict[str, float | None]


def score_trial(evidence: TrialEvidence, reference: Reference | None, siblings: Siblings = Siblings()) -> Scored:
    """Score a finished trial. `reference` is None when it could not be measured: then quality is absent."""
    last = {one.round.number: one.grades[-1] for one in evidence.rounds}
    axes = {
        "correctness": AxisScore(correctness(last, evidence.due[-1].number, evidence.start)),
        "adaptability": adaptability(evidence, siblings.control),
        "quality": quality(evidence, reference),
        "efficiency": efficiency(evidence),
        "recovery": recovery(evidence),
        "clarification": clarification(evidence, siblings.needless),
        "calibration": calibration(evidence),
        "deployability": deployability(evidence),
    }
    vector = {axis: _rounded(score.value) for axis, score in axes.items()}
    nothing = gated(evidence.flags)
    weights = {**presets(), **({"task": evidence.task.manifest.weights} if evidence.task.manifest.weights else {})}
    points = {name: round(composite(vector, gated=nothing, weights=own), DIGITS) for name, own in weights.items()}
    parts = {axis: {name: _rounded(part) for name, part in score.parts.items()} for axis, score in axes.items()}
    skills = subskills(evidence, reference, vector["clarification"])
    scores = {**vector, "composite": points.pop("default")}
    return Scored(scores, points, {axis: one for axis, one in parts.items() if one}, _all_rounded(skills))


def scored(
    result: TrialResult, evidence: TrialEvidence, reference: Reference | None, siblings: Siblings = Siblings()
) -> TrialResult:
    """`result`, which says what was run and where, with everything that follows from the evidence."""
    found = score_trial(evidence, reference, siblings)
    return result.model_copy(
        update={
            "scores": found.scores,
            "composites": found.composites,
            "score_parts": found.parts,
            "subskills": found.subskills,
            "rounds": tuple(map(_round_result, evidence.rounds)),
            "questions": sum(len(one.asked) for one in evidence.rounds),
            "dollars": _dollars(evidence),
            "scoring_version": SCORING_VERSION,
        }
    )


def _round_result(one: RoundEvidence) -> RoundResult:
    grade, score = one.grades[-1], one.last
    return RoundResult(
        n=one.round.number,
        kind=one.round.kind,
        strict=score.strict,
        isolated=score.isolated,
        correctness=score.value,
        first_try=one.tries[0].value,
        hand_ins=len(one.grades),
        groups={name: "passed" if group.passed else "failed" for name, group in grade.groups.items()},
        constraints={name: "passed" if group.passed else "failed" for name, group in grade.probes.items()},
        wall_s=round(sum(turn.wall_s for turn in one.turns), 3),
        timed_out=one.timed_out,
        reason=grade.reason,
    )


def _dollars(evidence: TrialEvidence) -> float | None:
    costs = [usage.dollars for one in evidence.rounds for usage in one.usage if usage]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), DIGITS) if costs and len(known) == len(costs) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _all_rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in values.items()}
