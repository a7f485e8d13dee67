"""A line to the gateway for boxes that cannot see its socket: over one program that the keeper runs in the box.

The frames go over the stream that every kind of box has, on whatever machine it is. It costs more than a socket does.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from pathlib import Path

from harness.inside import program
from harness.sandbox import KEEPER, BoxGone, Sandbox, SandboxError, StreamTimeout

_WINDOW = 1 << 18  # bytes on their way to one client that it has not taken
_PIECE = 1 << 16
_READY_S = 30.0
_STUCK_S = 30.0


class FramedLine:
    """Carries connections to a port and a socket of the box, in threads, until closed or until the box ends."""

    def __init__(self, box: Sandbox, gateway: Path, port: int, path: str) -> None:
        self.socket = path
        self._gateway = str(gateway)
        self._stream = box.stream(program("forward"), KEEPER)
        self._stream.send({"port": port, "path": path})
        if self._stream.receive(_READY_S) != {"op": "ready"}:
            raise BoxGone("the program that carries model calls out of the box speaks nonsense")
        self._connections: dict[int, _Connection] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="line to the gateway", daemon=True)
        self._thread.start()

    def works(self) -> bool:
        """See `Line.works`."""
        return self._thread.is_alive()

    def close(self) -> None:
        """See `Line.close`."""
        self._closed.set()
        self._stream.close()
        self._thread.join(5)

    def _serve(self) -> None:
        try:
            while not self._closed.is_set():
                with contextlib.suppress(StreamTimeout):
                    self._take(self._stream.receive(60))
        except (SandboxError, OSError, KeyError, ValueError, TypeError):
            return  # the box has ended, or what runs in it speaks nonsense; whoever works with it is told there
        finally:
            self._closed.set()
            for connection in list(self._connections.values()):
                connection.cut()

    def _take(self, frame: dict[str, object]) -> None:
        number, operation = int(str(frame["id"])), frame["op"]
        if operation == "open":
            opened = self._connections[number] = _Connection(self._gateway)
            threading.Thread(target=self._pump, args=(number, opened), daemon=True).start()
        elif connection := self._connections.get(number):
            if operation == "data":
                connection.send(base64.b64decode(str(frame["data"])))
            elif operation == "taken":
                connection.taken(int(str(frame["n"])))
            else:
                connection.cut()

    def _pump(self, number: int, connection: _Connection) -> None:
        """What the gateway answers, to the box."""
        try:
            while data := connection.receive():
                self._stream.send({"op": "data", "id": number, "data": base64.b64encode(data).decode()})
            self._stream.send({"op": "data", "id": number, "data": ""})
        except SandboxError:  # also when the box does not take it: half a frame may be out, so that ends the line
            self._closed.set()
            self._stream.close()
        finally:
            self._connections.pop(number, None)
            connection.close()


class _Connection:
    """One client's connection to the gateway."""

    def __init__(self, gateway: str) -> None:
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(_STUCK_S)
        with contextlib.suppress(OSError):  # the session is over: the client finds a connection that ends
            self._sock.connect(gateway)
        self._sock.settimeout(None)
        self._room = _WINDOW
        self._changed = threading.Condition()

    def send(self, data: bytes) -> None:
        """To the gateway, which always reads."""
        with contextlib.suppress(OSError):
            if data:
                self._sock.sendall(data)
            else:
                self._sock.shutdown(socket.SHUT_WR)

    def receive(self) -> bytes:
        """From the gateway, as much as the client has room for; b"" at the end."""
        with self._changed:
            while not self._room:
                self._changed.wait()
            room = self._room
        try:
            data = self._sock.recv(min(room, _PIECE))
        except OSError:
            return b""
        with self._changed:
            self._room -= len(data)
        return data

    def taken(self, n: int) -> None:
        """The client has taken so much."""
        with self._changed:
            self._room += n
            self._changed.notify()

    def cut(self) -> None:
        """End both directions; wakes whoever reads."""
        self.taken(_WINDOW)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go."""
        self._sock.close()
