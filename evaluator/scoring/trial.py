"""One trial, scored: the single entry, for a trial's end and for `relaybench rescore`, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from evaluator.scoring.rounds import TrialEvidence
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
    """`scores` holds every axis and the composites; `parts` the numbers behind each axis."""

    scores: dict[str, float | None]
    parts: dict[str, dict[str, float | None]]
    subskills: dict[str, float | None]


def score_trial(evidence: TrialEvidence, reference: Reference | None, siblings: Siblings = Siblings()) -> Scored:
    """Score a finished trial. `reference` is None when it could not be measured: then quality is absent."""
    last = {one.round.number: one.grades[-1] for one in evidence.rounds}
    axes = {
        "correctness": AxisScore(correctness(last, len(evidence.task.rounds), evidence.start)),
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
    scores = {**vector, "composite": _rounded(composite(vector, gated=nothing))}
    weights = {**presets(), **({"task": evidence.task.manifest.weights} if evidence.task.manifest.weights else {})}
    for name, own in weights.items():
        if name != "default":
            scores[f"composite_{name}"] = _rounded(composite(vector, gated=nothing, weights=own))
    parts = {axis: {name: _rounded(part) for name, part in score.parts.items()} for axis, score in axes.items()}
    skills = subskills(evidence, reference, vector["clarification"])
    return Scored(scores, {axis: one for axis, one in parts.items() if one}, _all_rounded(skills))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _all_rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in values.items()}
