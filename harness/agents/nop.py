"""Does nothing: the floor of every scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.agents.protocol import Turn, TurnEnd
from harness.sandbox import Sandbox


class Nop:
    """Hands in what it was given."""

    files: Path | None = None

    def enter(self, box: Sandbox, ask: Callable[[str], str]) -> None:
        """Nothing to prepare."""

    def turn(self, turn: Turn) -> TurnEnd:
        """Nothing to do."""
        return TurnEnd("finished", 0.0)

    def leave(self) -> None:
        """Nothing to let go."""
