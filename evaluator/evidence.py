"""What happened, as data: events, grades, results. Written by trials, read by scoring, statistics and reports.

Everything here is a frozen model that refuses unknown keys, so a stored file either means what it says or is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.formats import Strict

SCORING_VERSION = 2  # raised whenever a stored score could change


class GroupResult(Strict):
    """One requirement group in one grade. `round` is 0 for base; `tests` maps each test to "" or why it failed."""

    round: int
    weight: float
    critical: bool
    passed: bool
    tests: dict[str, str]


class Grade(Strict):
    """One graded hand-in. `reason` says why nothing could be tested (then every group failed), else "".

    `start_s` is how long the service took to become healthy, None when it did not.
    """

    round: int
    hand_in: int
    groups: dict[str, GroupResult]
    probes: dict[str, GroupResult]
    start_s: float | None
    reason: str
    wall_s: float
    log: str = ""

    @property
    def green(self) -> bool:
        """Whether every group passed."""
        return all(group.passed for group in self.groups.values())


class _Event(Strict):
    at: float  # seconds since the trial began
    round: int


class Message(_Event):
    """The reporter said something of its own accord."""

    event: Literal["message"] = "message"
    hand_in: int
    kind: Literal["report", "complaint"]
    text: str


class Asked(_Event):
    """The agent asked the reporter; `fact` is what the question unlocked."""

    event: Literal["asked"] = "asked"
    question: str
    fact: str | None
    answer: str


class TurnEnded(_Event):
    """The agent's turn is over; see `harness.agents.TurnEnd`."""

    event: Literal["turn_ended"] = "turn_ended"
    hand_in: int
    reason: Literal["finished", "failed", "timed_out"]
    wall_s: float
    exit_code: int | None
    overrun_s: float
    output: str


class HandedIn(_Event):
    """A workspace was copied out. `breach` says which cap it broke; then the round is not solved."""

    event: Literal["handed_in"] = "handed_in"
    hand_in: int
    changed: tuple[str, ...]
    protected: tuple[str, ...]
    dropped: tuple[str, ...]
    left_running: tuple[str, ...]
    breach: str | None


class Graded(_Event):
    """A hand-in was graded."""

    event: Literal["graded"] = "graded"
    hand_in: int
    red: tuple[str, ...]
    reason: str


class BoxReplaced(_Event):
    """The agent's box had to be replaced by a new one; what the agent had outside the workspace is gone."""

    event: Literal["box_replaced"] = "box_replaced"
    why: str


Event = Annotated[Message | Asked | TurnEnded | HandedIn | Graded | BoxReplaced, Field(discriminator="event")]


class RoundResult(Strict):
    """One round of a trial, scored. `groups` is after the last hand-in, `first_try` the correctness of the first."""

    n: int
    kind: str
    strict: bool
    isolated: bool
    correctness: float
    first_try: float
    hand_ins: int
    groups: dict[str, Literal["passed", "failed"]]
    constraints: dict[str, Literal["passed", "failed"]]
    wall_s: float
    timed_out: bool
    reason: str = ""


class TrialResult(Strict):
    """One trial. Only a `completed` one has scores; an infrastructure error says in `error` what happened."""

    agent: str
    task: str
    task_version: int
    task_digest: str
    attempt: int
    sandbox: str
    limits: str = "full"
    outcome: Literal["completed", "infrastructure_error"]
    error: str = ""
    flags: tuple[str, ...] = ()
    scores: dict[str, float | None] = {}
    rounds: tuple[RoundResult, ...] = ()
    questions: int = 0
    agent_wall_s: float = 0.0
    wall_s: float = 0.0
    scoring_version: int = SCORING_VERSION

    @property
    def name(self) -> str:
        """The folder's name."""
        return f"{self.agent}--{self.task}--{self.attempt}"
