"""What tests of scores share: evidence in one line."""

from dataclasses import replace

import pytest

from evaluator.evidence import (
    Acted,
    Action,
    Asked,
    Fault,
    Faulted,
    Grade,
    GroupResult,
    Measures,
    Metered,
    OwnTests,
    Stated,
    Statement,
    TestsJudged,
    TurnEnded,
    Usage,
)
from evaluator.scoring.quality.reference import Reference
from evaluator.scoring.rounds import gather
from evaluator.task import Fact
from evaluator.task.model import Effort

FACTS = (
    Fact(id="cap", value="5", questions=("a", "b"), necessary=True, weight=2.0),
    Fact(id="unit", value="kg", questions=("a", "b"), necessary=True),
    Fact(id="colour", value="red", questions=("a", "b")),
)
EFFORT = {
    "targets": Effort(turns=10, tokens=1000, dollars=1.0, wall_s=100),
    "caps": Effort(turns=100, tokens=10_000, dollars=10.0, wall_s=1000),
}


class World:
    """Builds evidence over the smallest task, with facts, targets and caps."""

    def __init__(self, tally):
        rounds = tuple(replace(r, entry=r.entry.model_copy(update=EFFORT)) for r in tally.rounds)
        self.task = replace(tally, rounds=rounds, facts=FACTS)
        self.shape = Measures(
            changed_tokens=100, decisions=3, erosion=1, clones=10, lint=0, files=("a.py",), api={"f": True},
            tests=("tests/test_a.py",),
        )  # fmt: skip
        self.reference = Reference(tuple(self.task.seed), ((self.shape,) * 3,))

    def grade(self, number, new, *, old=None, rules=True, hand_in=1, start_s=0.1):
        """`new` are the round's own groups; `old` those of each round before (default: green)."""
        groups = {f"{number}-{n}": self._group(number, ok) for n, ok in enumerate(new)}
        groups |= {f"{n}-0": self._group(n, True) for n in range(number)}
        groups |= {f"old-{n}": self._group(0, ok) for n, ok in enumerate(old or ())}
        probes = {"constraint/x": self._group(0, rules)}
        return Grade(
            round=number, hand_in=hand_in, groups=groups, probes=probes, start_s=start_s, reason="", wall_s=0.1
        )

    def _group(self, number, passed):
        return GroupResult(round=number, weight=1.0, critical=False, passed=passed, tests={})

    def round(self, number=1, tries=((True, True),), **more):
        """One round's ingredients. `tries`: per hand-in whether each own group is green."""
        return {"number": number, "tries": tries, **more}

    def trial(self, *rounds, flags=(), task=None):
        """Evidence of a trial of these rounds."""
        grades, events, measures, late = {}, [], {}, []
        for spec in rounds:
            n = spec["number"]
            at = {"at": 0.0, "round": n}
            grades[n] = [
                self.grade(n, new, old=spec.get("old", {}).get(k), rules=spec.get("rules", True), hand_in=k)
                for k, new in enumerate(spec["tries"], 1)
            ]
            for k in range(1, len(grades[n]) + 1):
                end = {"reason": "finished", "exit_code": 0, "overrun_s": 0.0, "output": ""}
                events.append(TurnEnded(**at, hand_in=k, wall_s=spec.get("wall_s", 10.0), **end))
                if spec.get("usage"):
                    events.append(Metered(**at, hand_in=k, usage=Usage(**spec["usage"])))
                said = (spec.get("said") or [None] * k)[k - 1 : k] or [None]
                if said[0] is not None:
                    events.append(Stated(**at, hand_in=k, statement=Statement(**said[0])))
            events += [
                Asked(**at, question="?", fact=fact, answer="", edited=edited) for fact, edited in spec.get("asked", ())
            ]
            if "actions" in spec:
                done = tuple(Action(at=0, kind=k, text=t, ok=ok) for k, t, ok in spec["actions"])
                events.append(Acted(**at, hand_in=1, actions=done))
            events += [
                Faulted(**at, fault=Fault(id=str(i), kind="disk", at=0, recovered=ok))
                for i, ok in enumerate(spec.get("faults", ()))
            ]
            if "own_tests" in spec:
                events.append(TestsJudged(**at, own_tests=OwnTests(**spec["own_tests"])))
            measures[n] = spec.get("measures", self.shape)
            if spec.get("late"):
                late.append(n)
        return gather(task or self.task, grades, events, measures, timed_out=late, flags=flags)

    def good(self, **more):
        """Three rounds, all right at once."""
        return self.trial(*(self.round(n, **more) for n in (1, 2, 3)))

    def nothing(self, **more):
        """Three rounds in which nothing was done, at no cost."""
        idle = {"wall_s": 0.0, "measures": Measures(), **more}
        return self.trial(*(self.round(n, ((False, False),) * 2, **idle) for n in (1, 2, 3)))


@pytest.fixture(scope="session")
def world(tally):
    return World(tally)
