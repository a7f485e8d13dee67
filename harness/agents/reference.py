"""Applies the task's own solution, round by round: the ceiling of every scale, and proof that a task can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.agents.protocol import Turn, TurnEnd
from harness.sandbox import Sandbox


class Reference:
    """Applies one patch a round, in the box, as an agent would."""

    files: Path | None = None

    def __init__(self, patches: Mapping[int, bytes]) -> None:
        self._patches = patches
        self._applied: set[int] = set()

    def enter(self, box: Sandbox, ask: Callable[[str], str]) -> None:
        """Remember the box."""
        self._box = box

    def turn(self, turn: Turn) -> TurnEnd:
        """Apply the round's patch, once."""
        if turn.round in self._applied or not self._patches.get(turn.round):
            return TurnEnd("finished", 0.0)
        done = self._box.run(
            ["git", "apply", "--whitespace=nowarn", "-"], stdin=self._patches[turn.round], timeout_s=turn.timeout_s
        )
        self._applied.add(turn.round)
        return TurnEnd.of(done)

    def leave(self) -> None:
        """Nothing to let go."""
