"""Sub-skills: what an agent can and cannot do, for a person to read. They carry no weight in the composite.

reproduce    share of rounds in which a command or test failed before the first edit: the fault was seen before it was
             mended. From the trajectory; absent without one.
localise     mean over rounds of the better F1 of files and functions edited, against the closest reference.
fix, feature, refactor   mean F_r of the rounds of that kind.
verify       share of rounds in which a test ran after the last edit and, where the hand-in stated a confidence of 0.5
             or more, the round was right. From the trajectory; absent without one.
ask          the clarification axis.
communicate  share of hand-ins with a summary whose words name at least one changed file or function; absent when
             nothing was ever stated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluator.evidence import Measures
from evaluator.scoring.axis import mean
from evaluator.scoring.quality.reference import Reference
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence


def subskills(evidence: TrialEvidence, reference: Reference | None, ask: float | None) -> dict[str, float | None]:
    """Each sub-skill, 0 to 1, None where there is nothing to tell from."""
    rounds = evidence.rounds
    found = {
        "reproduce": mean(_reproduced(one) for one in rounds),
        "localise": mean(_localised(one, reference) for one in rounds),
    }
    for kind in ("fix", "feature", "refactor"):
        found[kind] = mean(one.last.new for one in rounds if one.round.kind == kind)
    found["verify"] = mean(_verified(one) for one in rounds)
    found["ask"] = ask
    found["communicate"] = mean(_communicated(one) for one in rounds)
    return found


def f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of one set of names against another; 1 when both are empty."""
    if not found and not wanted:
        return 1.0
    return 2 * len(set(found) & set(wanted)) / (len(set(found)) + len(set(wanted)))


def _reproduced(one: RoundEvidence) -> float | None:
    if one.actions is None:
        return None
    for action in one.actions:
        if action.kind == "edit":
            return 0.0
        if action.kind in ("test", "command") and action.ok is False:
            return 1.0
    return 0.0


def _localised(one: RoundEvidence, reference: Reference | None) -> float | None:
    if reference is None or one.measures is None:
        return None
    return max((_overlap(one.measures, shape) for shape in reference.shapes(one.round.number)), default=None)


def _overlap(own: Measures, shape: Measures) -> float:
    return (f1(own.files, shape.files) + f1(own.symbols, shape.symbols)) / 2


def _verified(one: RoundEvidence) -> float | None:
    if one.actions is None:
        return None
    kinds = [action.kind for action in one.actions]
    last_edit = max((n for n, kind in enumerate(kinds) if kind == "edit"), default=-1)
    stated = one.statements[-1] if one.statements else None
    bluff = bool(stated and stated.confidence is not None and stated.confidence >= 0.5 and not one.last.isolated)
    return float("test" in kinds[last_edit + 1 :] and not bluff)


def _communicated(one: RoundEvidence) -> float | None:
    stated = one.statements[-1] if one.statements else None
    if stated is None or one.measures is None:
        return None
    said = set(re.findall(r"\w+", f"{stated.summary} {stated.root_cause}".lower()))
    changed = {name.lower() for place in (*one.measures.files, *one.measures.symbols) for name in _names(place)}
    return float(bool(said & changed))


def _names(place: str) -> list[str]:
    """Words that could name a place: "shop/pricing.py:total" is pricing and total."""
    return [part.partition(".")[0] for part in re.split(r"[/:]", place)[-2:] if len(part) > 2]
