"""What an agent is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from harness.sandbox import Completed, Limits, Sandbox
from harness.sandbox.tree import printable

if TYPE_CHECKING:
    from harness.gateway import Usage

Reason = Literal["finished", "failed", "timed_out"]
OUTPUT_TAIL = 4_000  # bytes of each of a command's outputs


class AgentError(Exception):
    """An agent that cannot be used, told before any trial starts."""


@dataclass(frozen=True)
class Turn:
    """One message to the agent. `timeout_s` is wall time on the host; `round` is told as $RELAY_ROUND."""

    round: int
    first: bool
    message: str
    timeout_s: float


@dataclass(frozen=True)
class TurnEnd:
    """How a turn ended: by itself (`finished`, or `failed` when its program says so) or at its deadline.

    `overrun_s` is how long after the deadline the last of the agent's processes was gone; `output` is the end of
    what it printed. `usage` is what it used of models, None for an agent that has no access to any. `said` is the JSON
    document in which it speaks of its own work, empty when there is none: as hostile as anything else of an agent's.
    """

    reason: Reason
    wall_s: float
    exit_code: int | None = None
    overrun_s: float = 0.0
    output: str = ""
    usage: Usage | None = None
    said: bytes = b""

    @classmethod
    def of(cls, done: Completed) -> TurnEnd:
        """The end of a turn that was one command."""
        text = (done.stdout[-OUTPUT_TAIL:] + done.stderr[-OUTPUT_TAIL:]).decode(errors="replace")
        output = "\n".join(printable(line, 1_000) for line in text.splitlines())
        reason: Reason = "timed_out" if done.timed_out else "finished" if done.code == 0 else "failed"
        return cls(reason, done.wall_s, done.code, done.overrun_s, output)


@dataclass(frozen=True)
class Needs:
    """What an agent needs of its box beyond what its task gives: host folders by the place where they shall appear,
    unwritable, at least so much (MiB) of everything, and the folder of the gateway's socket (`BoxSpec.gateway`)."""

    mounts: Mapping[str, Path] = field(default_factory=dict)
    memory_mb: int = 0
    pids: int = 0
    home_mb: int = 0
    gateway: Path | None = None

    def raised(self, limits: Limits) -> Limits:
        """A task's limits, where the agent needs more."""
        return replace(
            limits,
            memory_mb=max(limits.memory_mb, self.memory_mb),
            pids=max(limits.pids, self.pids),
            home_mb=max(limits.home_mb or limits.workspace_mb, self.home_mb),
        )


def needs_of(agent: Agent) -> Needs:
    """An agent's `needs`, a member that it may leave out."""
    needs = getattr(agent, "needs", None)
    return needs if isinstance(needs, Needs) else Needs()


class Ask(Protocol):
    """Puts a question to the reporter. `edited`: was the workspace written to since the round's message came?"""

    def __call__(self, question: str, *, edited: bool | None = None) -> str:
        """The answer."""


class Agent(Protocol):
    """One agent in one trial. It is entered into a box, takes turns, and leaves."""

    @property
    def files(self) -> Path | None:
        """A host folder that shall appear, unwritable, at /opt/agent in its box."""

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """Get ready in a box; `ask` puts a question to the reporter. Called again if the box had to be replaced."""

    def turn(self, turn: Turn) -> TurnEnd:
        """Work on one message until done or until the deadline."""

    def leave(self) -> None:
        """Let go of the box. Never raises."""
