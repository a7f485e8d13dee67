"""Where an agent works: a box, and another one when that is lost. It stands still whenever the agent's clock does."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from evaluator.task import Task
from harness.agents import Agent, Turn, TurnEnd, needs_of
from harness.agents.protocol import Ask
from harness.sandbox import BoxGone, BoxSpec, Caps, CopiedOut, Limits, Sandbox, SandboxHost, Tree


@dataclass(frozen=True)
class Left:
    """What an agent leaves when a turn is over.

    `running` names its processes that were still there. `lost` says why nobody can work in the box any more, "" if it
    goes on.
    """

    copied: CopiedOut
    running: tuple[str, ...]
    lost: str


class Workplace:
    """One agent's, for a whole trial. Methods raise `SandboxError` when the host failed."""

    def __init__(self, agent: Agent, host: SandboxHost, task: Task, image: str, *, trial: str, ask: Ask) -> None:
        needs = needs_of(agent)
        self._agent, self._host, self._ask = agent, host, ask
        self._spec = BoxSpec(
            image,
            "agent",
            needs.raised(Limits(**task.manifest.sandbox.model_dump())),
            trial=trial,
            files=agent.files,
            mounts=needs.mounts,
            gateway=needs.gateway,
            keep_workspace=True,
        )
        self._boxes = contextlib.ExitStack()
        self._interrupted = ""  # why the last turn's box, or our program in it, ended

    def open(self, content: Tree) -> None:
        """Move the agent into a new box with this workspace."""
        self._box: Sandbox = self._boxes.enter_context(self._host.open(self._spec))
        self._box.copy_in(content)
        self._agent.enter(self._box, self._ask)

    def replace(self, content: Tree) -> None:
        """Move it into another, in place of the one that was lost."""
        self._agent.leave()
        self._boxes.close()
        self.open(content)

    def turn(self, turn: Turn) -> TurnEnd:
        """Let the agent work."""
        started = time.monotonic()
        self._interrupted = ""
        try:
            self._box.thaw()
            return self._agent.turn(turn)
        except BoxGone as gone:
            self._interrupted = str(gone)
            # An agent can end its own box. Where others did it a box says so (`SandboxError`), and if the host is to
            # blame the next one does not open.
            return TurnEnd("failed", time.monotonic() - started, output=f"the box ended: {gone}")

    def stop(self) -> Left:
        """Stop the agent, and copy its workspace out."""
        running: list[str] = []
        lost = ""
        try:
            running = self._box.reap()
            self._box.freeze()
        except BoxGone as gone:
            lost = str(gone)
        try:
            copied = self._box.copy_out(Caps())
        except BoxGone as gone:
            lost = str(gone)
            copied = CopiedOut({}, breach=f"the box ended and its workspace with it: {gone}")
        lost = lost or self._interrupted
        if self._box.lost and not lost:
            lost = "its processes could not be ended at the deadline"
        return Left(copied, tuple(running), lost)

    def close(self) -> None:
        """Remove the box."""
        self._boxes.close()
