"""The line between the clients in an agent's box and the gateway: to 127.0.0.1:PORT, whichever way it goes on.

Where a box sees the gateway's socket, a relay in the box carries connections to it; elsewhere they are carried in
frames (`framed_line.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from harness.agents.framed_line import FramedLine
from harness.inside import program
from harness.sandbox import GATEWAY_DIR, KEEPER, RELAY_DIR, BoxGone, Sandbox, StreamTimeout

PORT = 18080  # in the box; an agent may want its own work on 8080

_READY = {"op": "ready"}
_READY_S = 30.0
_STILL_S = 5.0


class Line(Protocol):
    """A line that lasts until closed, or until the box ends."""

    socket: str  # in the box, what a relay beside a command leads to

    def works(self) -> bool:
        """Whether it still carries."""

    def close(self) -> None:
        """Hang up."""


def open_line(box: Sandbox, gateway: Path) -> Line:
    """A line from a box to the gateway's socket. Raises `SandboxError`."""
    if box.gateway:
        return DirectLine(box, gateway.name)
    return FramedLine(box, gateway, PORT, f"{RELAY_DIR}/gateway.sock")


class DirectLine:
    """A relay that the keeper runs in a box that sees the socket. Nothing, where each command has a relay beside it."""

    def __init__(self, box: Sandbox, name: str) -> None:
        self.socket = f"{GATEWAY_DIR}/{name}"
        self._stream = box.stream(program("relay"), KEEPER) if box.one_loopback else None
        if self._stream:
            self._stream.send({"port": PORT, "path": self.socket})
            if self._stream.receive(_READY_S) != _READY:
                raise BoxGone("the program that carries model calls out of the box speaks nonsense")

    def works(self) -> bool:
        """See `Line.works`: an agent may have had the kernel end it, for want of memory."""
        if self._stream is None:
            return True
        try:
            self._stream.send({})
            return self._stream.receive(_STILL_S) == _READY
        except (BoxGone, StreamTimeout):
            return False

    def close(self) -> None:
        """See `Line.close`."""
        if self._stream:
            self._stream.close()
