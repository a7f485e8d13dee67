"""The evidence of a trial, arranged by round: what every axis reads. Gathered from what a run folder holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.evidence import (
    Acted,
    Action,
    Asked,
    Event,
    Fault,
    Faulted,
    Grade,
    Measures,
    Metered,
    OwnTests,
    Stated,
    Statement,
    TestsJudged,
    TurnEnded,
    Usage,
)
from evaluator.scoring.correctness import RoundCorrectness, round_correctness
from evaluator.task import Round, Task

REPLY_S = 10.0  # in which a model should begin to answer, where a run's profile asks for nothing else


@dataclass(frozen=True)
class RoundEvidence:
    """One round. Grades, tries (how right each is), usage and statements are by hand-in; None: not metered or said."""

    round: Round
    grades: tuple[Grade, ...]
    tries: tuple[RoundCorrectness, ...]
    turns: tuple[TurnEnded, ...] = ()
    usage: tuple[Usage | None, ...] = ()
    statements: tuple[Statement | None, ...] = ()
    asked: tuple[Asked, ...] = ()
    actions: tuple[Action, ...] | None = None
    faults: tuple[Fault, ...] = ()
    own_tests: OwnTests | None = None
    measures: Measures | None = None
    timed_out: bool = False

    @property
    def last(self) -> RoundCorrectness:
        """How right the round is after its last hand-in."""
        return self.tries[-1]


@dataclass(frozen=True)
class TrialEvidence:
    """One trial: the rounds that were played, in order. `reply_s` is the latency budget of its profile."""

    task: Task
    rounds: tuple[RoundEvidence, ...]
    flags: tuple[str, ...] = ()
    start: int = 1
    reply_s: float = REPLY_S

    @property
    def due(self) -> tuple[Round, ...]:
        """The rounds that should have been played: all, or the one that a control arm is for."""
        return self.task.rounds if self.start == 1 else self.task.rounds[self.start - 1 : self.start]


def gather(
    task: Task,
    grades: Mapping[int, Sequence[Grade]],
    events: Iterable[Event],
    measures: Mapping[int, Measures | None],
    *,
    timed_out: Iterable[int] = (),
    flags: Sequence[str] = (),
    start: int = 1,
    reply_s: float = REPLY_S,
) -> TrialEvidence:
    """A trial's evidence from its parts, each by round number; `grades` of a round are in the order of hand-ins."""
    late, seen = set(timed_out), list(events)
    rounds: list[RoundEvidence] = []
    for round_ in task.rounds:
        own = tuple(grades.get(round_.number, ()))
        if not own:
            continue
        before = rounds[-1].grades[-1] if rounds else None
        here = [event for event in seen if event.round == round_.number]
        usage = {event.hand_in: event.usage for event in here if isinstance(event, Metered)}
        said = {event.hand_in: event.statement for event in here if isinstance(event, Stated)}
        acted = [event for event in here if isinstance(event, Acted)]
        judged = [event.own_tests for event in here if isinstance(event, TestsJudged)]
        rounds.append(
            RoundEvidence(
                round=round_,
                grades=own,
                tries=tuple(round_correctness(grade, before) for grade in own),
                turns=tuple(event for event in here if isinstance(event, TurnEnded)),
                usage=tuple(usage.get(hand_in) for hand_in in range(1, len(own) + 1)),
                statements=tuple(said.get(hand_in) for hand_in in range(1, len(own) + 1)),
                asked=tuple(event for event in here if isinstance(event, Asked)),
                actions=tuple(action for event in acted for action in event.actions) if acted else None,
                faults=tuple(event.fault for event in here if isinstance(event, Faulted)),
                own_tests=judged[-1] if judged else None,
                measures=measures.get(round_.number),
                timed_out=round_.number in late,
            )
        )
    return TrialEvidence(task, tuple(rounds), tuple(flags), start, reply_s)
