"""Ends every process of the agent's user in a box, within milliseconds, even where nothing new can be started.

One small shell per box, started before the agent and run as the agent's own user, waits for an order: `kill -9 -1`
spares only its caller and process 1. Entering the box at the deadline instead would be slow, would fail against a
program that forks without end, and to freeze a container while something enters it wedges engine 20.10 for good.
The agent may kill the shell; then the box is frozen (see `DockerBox`).
"""

from __future__ import annotations

import time

from harness.sandbox.errors import StreamTimeout
from harness.sandbox.exec_stream import STDOUT, ExecSocket
from harness.sandbox.tree import printable

# Builtins only, nothing forks. `kill -1` succeeds even when it may signal nobody, so what is left is counted by hand;
# a dead process that process 1 has not buried yet (Z, X) does not count. "n" asks for names before the kill.
SCRIPT = r"""
trap '' HUP INT TERM USR1 USR2
each() {
  for p in /proc/[0-9]*; do
    n=${p#/proc/}
    [ "$n" != $$ ] && kill -0 "$n" && read -r s < "$p/stat" || continue
    case "${s##*) }" in Z*|X*) continue ;; esac
    [ $1 = any ] && return 0
    s=${s#*\(}; printf '+%s\n' "${s%)*}"
  done 2>/dev/null
  [ $1 = names ]
}
echo ready
while read -r order; do
  [ "$order" = n ] && each names
  kill -9 -1 2>/dev/null
  echo killed
  while each any; do kill -9 -1 2>/dev/null; done
  echo done
done
"""


class Reaper:
    """The shell, spoken to over the engine's stream."""

    def __init__(self, sock: ExecSocket) -> None:
        self._sock = sock
        self._text = b""

    def wait_until_ready(self, within_s: float) -> None:
        """Raises `StreamTimeout` when the shell did not start."""
        self._lines_until("ready", within_s)

    def kill(self, within_s: float) -> float:
        """Kill all; the time when nothing could run any more. Raises `StreamTimeout` when the shell did not answer.

        A signal that cannot be caught is pending for every process at "killed"; "done" is when all are dead, which
        takes a while when they are hundreds.
        """
        self._sock.send(b"k\n", time.monotonic() + within_s)
        self._lines_until("killed", within_s)
        stopped = time.monotonic()
        self._lines_until("done", 10)
        return stopped

    def kill_and_name(self, within_s: float) -> list[str]:
        """The names of what is alive, then kill all. Raises `StreamTimeout`."""
        self._sock.send(b"n\n", time.monotonic() + within_s)
        lines = self._lines_until("done", within_s)
        return [printable(line[1:], 40) for line in lines[:50] if line.startswith("+")]

    def close(self) -> None:
        """Hang up; the shell ends."""
        self._sock.close()

    def _lines_until(self, last: str, within_s: float) -> list[str]:
        deadline = time.monotonic() + within_s
        lines: list[str] = []
        while True:
            while b"\n" in self._text:
                line, _, self._text = self._text.partition(b"\n")
                if line.decode(errors="replace") == last:
                    return lines
                lines.append(line.decode(errors="replace"))
            piece = self._sock.read(deadline)
            if piece is None:
                raise StreamTimeout("the shell that ends the agent's processes is gone")
            if piece[0] == STDOUT:
                self._text = (self._text + piece[1])[-(1 << 16) :]
