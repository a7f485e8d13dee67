"""What a client may use, in a round and in a trial, counted as it goes.

A call is let in while what was used is below every limit, so the call that crosses a line is still made and paid.
What is in flight holds a reservation (the input, estimated, and the most it may answer): where only reservations reach
the limit, the next call waits until they are settled, so that callers side by side cannot overshoot together.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from harness.formats import Strict

DEFAULT_OUTPUT = 4_096  # tokens reserved for an answer whose request names no limit


class Limits(Strict):
    """The most that may be used; None is no limit. `wall_s` counts the time in turns.

    `dollars` cannot bind where the model's price is unknown.
    """

    calls: Annotated[int, Field(ge=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    dollars: Annotated[float, Field(gt=0)] | None = None
    wall_s: Annotated[float, Field(gt=0)] | None = None
    concurrency: Annotated[int, Field(gt=0)] | None = None


@dataclass(frozen=True)
class Reservation:
    """What a call may come to."""

    tokens: int
    dollars: float


@dataclass
class Account:
    """What was used under some limits. `what` is told when one is reached: "round" or "trial"."""

    what: str
    limits: Limits = field(default_factory=Limits)
    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0
    wall_s: float = 0.0  # of turns that ended
    turn_began: float | None = None
    held: list[Reservation] = field(default_factory=list)

    def reached(self) -> str | None:
        """The limit that lets no further call in, in words."""
        limits, wall = self.limits, self._wall()
        if limits.calls is not None and self.calls >= limits.calls:
            return f"the limit of {limits.calls} model calls a {self.what} is reached"
        if limits.tokens is not None and self.tokens >= limits.tokens:
            return f"the limit of {limits.tokens} tokens a {self.what} is reached ({self.tokens} used)"
        if limits.dollars is not None and self.dollars >= limits.dollars:
            return f"the limit of {limits.dollars:g} dollars a {self.what} is reached ({self.dollars:.4f} used)"
        if limits.wall_s is not None and wall >= limits.wall_s:
            return f"the limit of {limits.wall_s:g} s a {self.what} is reached"
        if limits.concurrency is not None and len(self.held) >= limits.concurrency:
            return f"the limit of {limits.concurrency} model calls at a time is reached"
        return None

    def undecided(self) -> bool:
        """Whether calls in flight may reach a limit."""
        tokens = self.tokens + sum(held.tokens for held in self.held)
        dollars = self.dollars + sum(held.dollars for held in self.held)
        too_many = self.limits.tokens is not None and tokens >= self.limits.tokens
        too_dear = self.limits.dollars is not None and dollars >= self.limits.dollars
        return bool(self.held) and (too_many or too_dear)

    def hold(self, reservation: Reservation) -> None:
        """Let a call in."""
        self.calls += 1
        self.held.append(reservation)

    def settle(self, reservation: Reservation, tokens: int, dollars: float) -> None:
        """A call has ended and came to this."""
        self.held.remove(reservation)
        self.tokens += tokens
        self.dollars += dollars

    def begin_turn(self) -> None:
        """The clock runs."""
        self.turn_began = time.monotonic()

    def end_turn(self) -> None:
        """The clock stands."""
        self.wall_s, self.turn_began = self._wall(), None

    def _wall(self) -> float:
        return self.wall_s + (time.monotonic() - self.turn_began if self.turn_began is not None else 0.0)
