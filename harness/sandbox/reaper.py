"""Ends every process of the agent's user in a box, within milliseconds, even where nothing new can be started.

One small program a box waits for an order, started before the agent. Entering the box at the deadline instead would be
slow, would fail against a program that forks without end, and to freeze a container while something enters it wedges
engine 20.10 for good. The agent may stop or kill the program, not speak for it; then the box is frozen (`DockerBox`).
"""

from __future__ import annotations

import time

from harness.inside import program
from harness.sandbox.errors import BoxGone
from harness.sandbox.exec_stream import FrameStream
from harness.sandbox.tree import printable

PROGRAM = program("reaper")
START_S = 20.0
BURIAL_S = 10.0  # the dead are hundreds, and the box has little processor time


class Reaper:
    """The program, spoken to."""

    def __init__(self, stream: FrameStream) -> None:
        self._stream = stream
        self._ready = False

    def wait_until_ready(self) -> None:
        """Nothing of the agent may run before. Raises `StreamTimeout` or `BoxGone` when the program did not start."""
        if not self._ready:
            self._expect("ready", START_S)
            self._ready = True

    def kill(self, within_s: float) -> float:
        """Kill all; the time when nothing could run any more. Raises `StreamTimeout` or `BoxGone` without an answer."""
        self._stream.send({"names": False})
        self._expect("killed", within_s)
        stopped = time.monotonic()
        self._expect("done", BURIAL_S)
        return stopped

    def kill_and_name(self, within_s: float) -> list[str]:
        """The names of what is alive, then kill all. Raises as `kill`."""
        self._stream.send({"names": True})
        self._expect("killed", within_s)
        names = self._expect("done", BURIAL_S)["names"]
        return [printable(str(name), 40) for name in names] if isinstance(names, list) else []

    def close(self) -> None:
        """Hang up; the program ends."""
        self._stream.close()

    def _expect(self, word: str, within_s: float) -> dict[str, object]:
        answer = self._stream.receive(within_s)
        if word not in answer:
            raise BoxGone("the program that ends the agent's processes speaks nonsense")
        return answer
