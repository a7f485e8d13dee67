"""A trial that runs, as its events tell: where it is, how much of its round's time is gone, what happened last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.evidence import Asked, BoxReplaced, Event, Graded, HandedIn, Message, TurnBegan, TurnEnded
from evaluator.task import Round
from evaluator.trial.trial import GRACE_S, TrialSpec

if TYPE_CHECKING:
    from harness.gateway import Usage

READ_S = 1.0  # the sum over a session's calls is made no more often than this


@dataclass(frozen=True)
class Clock:
    """A round's time, in seconds: what the agent has used, of how much, and when its turn would be ended."""

    used_s: float
    deadline_s: float
    left_s: float


@dataclass
class Running:
    """One trial. Times are those of `time.monotonic`, handed in by the caller."""

    spec: TrialSpec
    since: float
    usage: Callable[[], Usage] | None = None
    round: Round | None = None
    hand_in: int = 1
    last: str = "starting"
    last_at: float = 0.0
    _used_s: float = 0.0  # of the round's time, in turns that ended
    _turn: tuple[float, float] | None = None  # when it began and its limit
    _spent: Usage | None = None
    _spent_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.last_at = self.since

    def note(self, event: Event, now: float) -> None:
        """Something happened."""
        round_ = self.spec.task.rounds[event.round - 1]
        if round_ != self.round:
            self.round, self._used_s, self._turn = round_, 0.0, None
        match event:
            case Message() | Graded():
                self.hand_in = event.hand_in
            case TurnBegan():
                self._turn = (now, event.limit_s)
            case TurnEnded():
                self._turn = None
                self._used_s += event.wall_s
            case _:
                pass
        if words := self._words(event):
            self.last, self.last_at = words, now

    def clock(self, now: float) -> Clock | None:
        """The round's time; None before the first round. It stands while boxes are opened and work is graded."""
        if self.round is None:
            return None
        deadline = self.round.entry.deadline_s * self.spec.deadline_scale
        began, limit = self._turn or (now, deadline - self._used_s)
        used = self._used_s + now - began
        return Clock(used, deadline, max(0.0, limit - (now - began)))

    def spent(self, now: float) -> Usage | None:
        """What the agent's model calls came to, at most `READ_S` ago; None for one that calls no models."""
        if self.usage and now - self._spent_at >= READ_S:
            self._spent, self._spent_at = self.usage(), now
        return self._spent

    def _words(self, event: Event) -> str:  # noqa: PLR0911 - one line a kind
        match event:
            case Message():
                return "gets the report" if event.kind == "report" else "gets a complaint"
            case TurnBegan():
                return "works on the report" if self.hand_in == 1 else "works on a complaint"
            case Asked():
                return "asked the reporter"
            case TurnEnded():
                return {"finished": "turn over", "failed": "turn failed", "timed_out": "stopped at the deadline"}[
                    event.reason
                ]
            case HandedIn():
                return f"{_count(len(event.changed), 'file')} changed; grading"
            case Graded():
                return ("green" if not event.red else f"red: {_count(len(event.red), 'group')}") + self._after(event)
            case BoxReplaced():
                return "got a new box"
            case _:  # kept for the scores; nothing to watch
                return ""

    def _after(self, graded: Graded) -> str:
        """What a trial does after its last grade, which takes a while and has no events."""
        assert self.round  # noqa: S101 - `note` has set it
        over = not graded.red or graded.hand_in == self.round.entry.tries
        timed_out = self._used_s >= self.round.entry.deadline_s * self.spec.deadline_scale - GRACE_S
        if self.round != self.spec.rounds[-1] or not (over or timed_out):
            return ""
        return "; judging its tests" if self.spec.own_tests else "; finishing"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s'[: number != 1]}"
