"""A trial's score, number by number: what each axis was made of, what it weighs, and where its evidence is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.evidence import TrialResult
from evaluator.report.site.site import AXES
from evaluator.scoring.composite import CORRECT_ENOUGH, presets
from evaluator.scoring.gates import gated

# What a part is, in a few words, and where on the trial's page its evidence stands. The formulas are in the axes'
# own modules (evaluator/scoring/); this names what they call their parts.
PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "correctness": {},
    "adaptability": {
        "carry": ("later rounds solved on the agent's own earlier work", "rounds"),
        "rules": ("standing rules kept, by round", "requirements"),
        "change": ("revised requirements met", "requirements"),
    },
    "quality": {
        "size": ("how much was changed, against the reference", "changes"),
        "scope": ("share of the change inside what the reference touches", "changes"),
        "structure": ("branches, long functions, clones and lint, against the reference", "changes"),
        "tests": ("the agent's own tests: red before, green after, mutants killed", "conversation"),
        "aim": ("the refactor's named targets", "requirements"),
        "api": ("public names kept", "changes"),
    },
    "efficiency": {
        "turns": ("model calls against the task's target and cap", "calls"),
        "tokens": ("tokens against target and cap", "calls"),
        "dollars": ("dollars against target and cap", "calls"),
        "wall_s": ("the agent's time against target and cap", "rounds"),
    },
    "recovery": {
        "mended": ("red after a first hand-in, green after the last", "requirements"),
        "faults": ("planned faults got over", "calls"),
        "steady": ("not repeating what fails", "steps"),
    },
    "clarification": {
        "recall": ("needed facts asked for, early", "conversation"),
        "precision": ("questions that unlocked one", "conversation"),
        "f1": ("both together", "conversation"),
        "needless": ("clear twins in which it asked all the same", "conversation"),
    },
    "calibration": {
        "brier": ("distance of stated confidence from what was so (lower is better)", "conversation"),
        "utility": ("right and submitted +1, wrong and submitted −1, abstained 0", "conversation"),
    },
    "deployability": {
        "deadline": ("rounds ended before their deadline", "rounds"),
        "start": ("the service was healthy in time", "rounds"),
        "latency": ("time to a model's first byte", "calls"),
        "budget": ("no cap ended a turn", "calls"),
    },
}
FORMULAS: Mapping[str, str] = {
    "correctness": "mean of C by round, each weighing 1.25 times the one before",
    "adaptability": "0.5 carry + 0.3 rules + 0.2 change",
    "quality": "mean over rounds of C × (weighted parts)",
    "efficiency": "mean over rounds of the mean of its parts; unsolved rounds 0",
    "recovery": "(0.6 mended + 0.2 faults) shared out × (0.8 + 0.2 steady)",
    "clarification": "F1 × (1 − needless)",
    "calibration": "0.6 (1 − brier / 0.25) + 0.4 utility, each within 0 and 1",
    "deployability": "mean over rounds of the mean of its parts; unsolved rounds 0",
}


@dataclass(frozen=True)
class Part:
    """One number behind an axis. `evidence` is an anchor of the trial's page."""

    name: str
    value: float | None
    meaning: str
    evidence: str


@dataclass(frozen=True)
class Axis:
    """One axis: `share` of the composite's hundred that it could bring, `brought` what it did; None where absent."""

    name: str
    value: float | None
    formula: str
    share: float | None
    brought: float | None
    parts: Sequence[Part]


@dataclass(frozen=True)
class Explained:
    """The composite is the sum of what the axes brought, unless a gate made it 0. `trust` is h of docs/scoring.md."""

    axes: Sequence[Axis]
    trust: float
    gate: Sequence[str]
    composite: float | None


def explained(result: TrialResult) -> Explained:
    """How the trial's composite came about."""
    weights = presets()["default"]
    values = {axis: result.scores.get(axis) for axis in AXES}
    total = sum(weights[axis] for axis, value in values.items() if value is not None)
    trust = min(1.0, (values["correctness"] or 0.0) / CORRECT_ENOUGH)
    axes = []
    for axis, value in values.items():
        share = 100 * weights[axis] / total if value is not None and total else None
        factor = 1.0 if axis == "correctness" else trust
        brought = None if share is None or value is None else share * value * factor
        axes.append(Axis(axis, value, FORMULAS[axis], share, brought, _parts(result, axis)))
    gate = [flag for flag in result.flags if gated([flag])]
    return Explained(axes, trust, gate, result.scores.get("composite"))


def _parts(result: TrialResult, axis: str) -> list[Part]:
    known = PARTS[axis]
    found = result.score_parts.get(axis, {})
    if axis == "correctness":
        return [
            Part(
                f"C of round {one.n}",
                one.correctness,
                f"{one.kind}; {one.first_try:.2f} at the first hand-in",
                "rounds",
            )
            for one in result.rounds
        ]
    return [Part(name, value, *known.get(name, ("", "rounds"))) for name, value in found.items()]
