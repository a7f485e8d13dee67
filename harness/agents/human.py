"""A person as an agent: works in a shell of the box and says `done` at the terminal the run was started from."""

from __future__ import annotations

import os
import select
import shlex
import sys
import time
from pathlib import Path
from typing import TextIO

from harness.agents.protocol import AgentError, Ask, Reason, Turn, TurnEnd
from harness.sandbox import Sandbox

LOOK_S = 5.0  # between two looks at whether the box is still there
HELP = "Type `done` to hand in, `ask QUESTION` to ask the reporter, `give up` to end the turn without having finished."


class Human:
    """Shows the message and waits for words. `source` is where the person types, `target` where they read."""

    files: Path | None = None

    def __init__(self, source: TextIO | None = None, target: TextIO | None = None) -> None:
        self._source, self._target = source or sys.stdin, target or sys.stderr
        self._typed = b""

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """Remember the box. Raises `AgentError` where nobody can get into it."""
        self._box, self._ask = box, ask
        shell: list[str] | None = getattr(box, "shell", None)  # of a kind of box that others may enter
        if shell is None:
            raise AgentError(NO_SHELL)
        self._shell = shell

    def turn(self, turn: Turn) -> TurnEnd:
        """One message: until `done`, the deadline, or the end of what is typed."""
        began = time.monotonic()
        self._show(f"\n--- round {turn.round}, {_clock(turn.timeout_s)} ---\n\n{turn.message}\n")
        self._show(f"Work in a shell of your own: {shlex.join(self._shell)}")
        self._show(f"Leave it before you hand in. {HELP}")
        reason = self._listen(began + turn.timeout_s)
        wall = time.monotonic() - began
        return TurnEnd(reason, wall, overrun_s=max(0.0, wall - turn.timeout_s) if reason == "timed_out" else 0.0)

    def leave(self) -> None:
        """Nothing to let go."""

    def _listen(self, deadline: float) -> Reason:
        while True:
            line = self._line(deadline)
            if line is None:
                self._show("Time is up.")
                return "timed_out"
            words = line.strip()
            command, _, rest = words.partition(" ")
            if words == "done":
                return "finished"
            if words == "give up" or not line:  # the terminal is gone
                return "failed"
            if command == "ask" and rest.strip():
                self._show(f"The reporter: {self._ask(rest.strip())}")
            elif words:
                self._show(HELP)

    def _line(self, deadline: float) -> str | None:
        """A line, "" at the end of input, None at the deadline. Raises `BoxGone` when the box was removed."""
        while b"\n" not in self._typed:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            ready, _, _ = select.select([self._source], [], [], min(left, LOOK_S))
            if ready:  # read past Python's buffer, into which `select` does not see
                piece = os.read(self._source.fileno(), 4096)
                if not piece:
                    return ""
                self._typed += piece
                continue
            self._box.run(["true"], timeout_s=60)  # raises when the box was removed, and so ends an interrupted run
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace") + "\n"

    def _show(self, text: str) -> None:
        print(text, file=self._target, flush=True)


def _clock(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


NO_SHELL = (
    "`--agent human` needs boxes that a person can enter by a command of their own, which bubblewrap's are not. Use "
    "--sandbox docker."
)


def check_hands(*, jobs: int) -> None:
    """Raises `AgentError` when nobody could type."""
    if jobs != 1:
        raise AgentError(f"`--agent human` works on one trial at a time: --jobs 1, not {jobs}.")
    if not sys.stdin.isatty():
        raise AgentError("`--agent human` needs a terminal to type at; standard input is none.")
