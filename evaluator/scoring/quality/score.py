"""Quality: how much was changed, where, how it reads now, and whether it is tested.

Q is the mean over rounds of C_r * q_r: what is not right has no quality, and what is half right at most half.
Everything is counted in tokens and growth over the agent's own round start, tests and documents left out, and held
against the task's own solutions of the same round, the most generous of them.

q of a fix or a feature = .30 size + .20 scope + .30 structure + .20 tests
q of a refactor         = .30 aim + .20 structure + .25 api + .25 tests

size       1 while the changed tokens are within 1.5 times F_r of the smallest solution's, then that over what was
           changed. F_r: half of the work may cost half.
scope      1 - share of the changed tokens that lie in files of the seed that no solution touches and that use no
           function a solution touches.
structure  mean of exp(-excess / tau) over decisions (branches), erosion (`functions.erosion`), cloned tokens and lint
           findings, excess being the growth beyond the solution's. All are sums, so that neither padding nor cutting
           up dilutes them.
aim        F_r: a refactor's hidden tests are its named targets, structural and counted.
api        share of the public names that every solution keeps and the agent's tree had, kept with their signatures.
tests      of the agent's own new tests: 1/2 red at the round's start and green on its own end (1/2) and the solution's
           (1); 1/2, in the last round, mutants killed / killed by the solution's tests. Divided by 1 + the number of
           visible tests deleted. Absent where they could not be judged, or no solution adds any.

What cannot be measured because of the agent's bytes counts as worst. Sources: erosion after SlopCodeBench, cyclomatic
complexity after McCabe (1976), cut at 10.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from evaluator.evidence import Measures, OwnTests
from evaluator.scoring.axis import AxisScore, clip, mean, weighted
from evaluator.scoring.quality.reference import Reference
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence

ROOM = 1.5
TAU: Mapping[str, float] = {"decisions": 15.0, "erosion": 25.0, "clones": 150.0, "lint": 5.0}
LEAST = 60  # tokens; below that a patch is small, whatever the solution's size


def quality(evidence: TrialEvidence, reference: Reference | None) -> AxisScore:
    """Q of a trial; absent when nothing could be measured for a reason of ours."""
    played = {one.round.number: one for one in evidence.rounds}
    if reference is None or all(one.measures is None for one in evidence.rounds):
        return AxisScore(None)
    values: list[float | None] = []
    seen: dict[str, list[float | None]] = {}
    for round_ in evidence.due:
        one = played.get(round_.number)
        if one is None or one.last.value == 0:
            values.append(0.0)
        elif one.measures is not None:
            parts = round_parts(one, one.measures, reference.shapes(round_.number))
            values.append(one.last.value * (weighted(_weights(round_.kind, parts)) or 0.0))
            for name, value in parts.items():
                seen.setdefault(name, []).append(value)
    return AxisScore(mean(values), {name: mean(found) for name, found in seen.items()})


def round_parts(one: RoundEvidence, own: Measures, shapes: Sequence[Measures]) -> dict[str, float | None]:
    """Each part of q_r; None where it does not apply."""
    parts: dict[str, float | None] = {
        "size": _size(own, shapes, one.last.new),
        "scope": _scope(own),
        "structure": _structure(own, shapes),
        "tests": _tests(one.own_tests, own, shapes),
    }
    if one.round.kind == "refactor":
        parts |= {"aim": one.last.new, "api": _api(own, shapes)}
    return parts


def _weights(kind: str, parts: Mapping[str, float | None]) -> dict[str, tuple[float, float | None]]:
    refactor = {"aim": 0.30, "structure": 0.20, "api": 0.25, "tests": 0.25}
    weights = refactor if kind == "refactor" else {"size": 0.30, "scope": 0.20, "structure": 0.30, "tests": 0.20}
    return {name: (weight, parts[name]) for name, weight in weights.items()}


def _size(own: Measures, shapes: Sequence[Measures], done: float) -> float:
    if own.failed:
        return 0.0
    room = ROOM * done * max(LEAST, min(shape.changed_tokens for shape in shapes))
    return 1.0 if own.changed_tokens <= room else room / own.changed_tokens


def _scope(own: Measures) -> float:
    if own.failed:
        return 0.0
    return 1.0 - own.outside_tokens / own.changed_tokens if own.changed_tokens else 1.0


def _structure(own: Measures, shapes: Sequence[Measures]) -> float:
    if own.failed:
        return 0.0

    def worth(name: str, growth: Callable[[Measures], float | None]) -> float | None:
        grown, allowed = growth(own), [value for shape in shapes if (value := growth(shape)) is not None]
        if grown is None or not allowed:
            return None
        return math.exp(-max(0.0, grown - max(0.0, *allowed)) / TAU[name])

    return (
        mean(
            [
                worth("decisions", lambda measures: measures.decisions),
                worth("erosion", lambda measures: measures.erosion),
                worth("clones", lambda measures: measures.clones),
                worth("lint", lambda measures: measures.lint),
            ]
        )
        or 0.0
    )


def _api(own: Measures, shapes: Sequence[Measures]) -> float | None:
    if own.failed:
        return 0.0
    if own.api is None:
        return None
    known = {name for shape in shapes for name in shape.api or {}}
    due = {name for name in known if all((shape.api or {}).get(name, True) for shape in shapes)} & own.api.keys()
    return sum(own.api[name] for name in due) / len(due) if due else None


def _tests(judged: OwnTests | None, own: Measures, shapes: Sequence[Measures]) -> float | None:
    if judged is None:
        return None
    if not judged.files:  # nobody is asked for tests where no solution has any
        return 0.0 if any(shape.tests for shape in shapes) else None
    told = None not in (judged.red_at_start, judged.green_on_own, judged.green_on_reference)
    sound = bool(judged.red_at_start and judged.green_on_own)
    validity = (0.5 + 0.5 * bool(judged.green_on_reference)) * sound if told else None
    killed = clip(judged.killed / max(1, judged.reference_killed)) if judged.mutants else None
    value = weighted({"validity": (0.5, validity), "killed": (0.5, killed)})
    lost = max(0, own.tests_lost - max(shape.tests_lost for shape in shapes))
    return None if value is None else value / (1 + lost)
