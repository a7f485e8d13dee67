"""The two-way byte stream that the engine gives a program started in a box, with deadlines of our own.

The SDK's own calls have none and buffer without end. Framing of the engine's side: eight bytes (stream number, three
zeros, big-endian length) before each piece of output; source: the engine API's "attach" reference.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from harness.sandbox.errors import BoxGone, StreamTimeout

STDOUT, STDERR = 1, 2
_LARGEST_FRAME = 256 << 20


class ExecSocket:
    """The engine's multiplexed socket, read without blocking past a deadline."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped  # keeps the HTTP response, and so the connection, alive
        self._sock: socket.socket = getattr(wrapped, "_sock", wrapped)
        self._sock.setblocking(False)
        self._pending = bytearray()
        self._unsent = memoryview(b"")
        self._half_close = False
        self.ended = False

    def write(self, data: bytes, *, then_close: bool = False) -> None:
        """Queue `data`; it goes out while `read` waits, so that neither side can block the other."""
        self._unsent = memoryview(bytes(self._unsent) + data)
        self._half_close = self._half_close or then_close

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of `data` now, beside a reader in another thread. Raises `StreamTimeout` or `BoxGone`."""
        rest = memoryview(data)
        while rest:
            try:
                _, writable = self._wait(select.POLLOUT, deadline)
                if not writable:
                    raise StreamTimeout("a program in a box does not read its input")
                rest = rest[self._sock.send(rest[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError) as error:  # ValueError: closed under us by another thread
                raise BoxGone(f"a program in a box has ended: {error}") from error

    def read(self, deadline: float) -> tuple[int, bytes] | None:
        """The next piece of output as (1 or 2, bytes), None at the end. Raises `StreamTimeout` at the deadline."""
        while True:
            piece = self._take()
            if piece or self.ended:
                return piece
            more = select.POLLOUT if self._unsent or self._half_close else 0
            readable, writable = self._wait(select.POLLIN | more, deadline)
            if writable:
                self._send_some()
            if readable:
                try:
                    data = self._sock.recv(1 << 16)
                except OSError:
                    data = b""
                self._pending += data
                self.ended = not data
            elif not writable:
                raise StreamTimeout("no output in time")

    def close(self) -> None:
        """Hang up."""
        self.ended = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # wakes a reader in another thread; closing alone would not
        self._sock.close()
        self._wrapped.close()

    def _wait(self, events: int, deadline: float) -> tuple[bool, bool]:
        """Whether it can be read, or written, before the deadline. (`select` would fail beyond 1,024 open files.)"""
        poll = select.poll()
        poll.register(self._sock, events)
        answers = poll.poll(1000 * max(0.0, deadline - time.monotonic()))
        found = answers[0][1] if answers else 0
        if found & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
            found |= events  # whoever tries is told
        return bool(found & select.POLLIN), bool(found & select.POLLOUT)

    def _send_some(self) -> None:
        try:
            if self._unsent:
                self._unsent = self._unsent[self._sock.send(self._unsent[: 1 << 16]) :]
            if self._half_close and not self._unsent:
                self._half_close = False
                self._sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return
        except OSError:  # the program closed its input: not an error by itself
            self._unsent, self._half_close = memoryview(b""), False

    def _take(self) -> tuple[int, bytes] | None:
        if len(self._pending) < 8:
            return None
        number, length = struct.unpack(">BxxxL", self._pending[:8])
        if len(self._pending) < 8 + length:
            return None
        data = bytes(self._pending[8 : 8 + length])
        del self._pending[: 8 + length]
        return number, data


class Transport(Protocol):
    """What a `FrameStream` needs of a line to a program: an `ExecSocket`, or the `Pipes` of a local one."""

    ended: bool

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of `data` now. Raises `StreamTimeout` or `BoxGone`."""

    def read(self, deadline: float) -> tuple[int, bytes] | None:
        """The next piece of output as (1 or 2, bytes), None at the end. Raises `StreamTimeout` at the deadline."""

    def close(self) -> None:
        """Hang up."""


class FrameStream:
    """`Stream` over a `Transport`. Errors of the program itself are kept and told when it ends."""

    def __init__(self, sock: Transport, name: str) -> None:
        self._sock = sock
        self._name = name
        self._sending = threading.Lock()
        self._output = bytearray()
        self._complaints = b""

    def send(self, message: Mapping[str, object]) -> None:
        """Send one frame."""
        body = json.dumps(message).encode()
        self.send_bytes(len(body).to_bytes(4, "big") + body)

    def send_bytes(self, data: bytes) -> None:
        """Send raw bytes (the program itself, before its first frame)."""
        if self._sock.ended:
            raise self._gone()
        with self._sending:
            self._sock.send(data, time.monotonic() + 30)

    def receive(self, timeout_s: float) -> dict[str, object]:
        """The next frame."""
        deadline = time.monotonic() + timeout_s
        self._fill(4, deadline)
        length = int.from_bytes(self._output[:4], "big")
        if length > _LARGEST_FRAME:
            raise BoxGone(f"{self._name} sent a frame of {length} bytes")
        try:
            message = json.loads(self._frame(length, deadline))
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise BoxGone(f"{self._name} sent something that is not a JSON object")
        return message

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def _frame(self, length: int, deadline: float) -> bytes:
        """The body behind the header; both are taken together, so that nothing is lost when only the header came."""
        self._fill(4 + length, deadline)
        body = bytes(self._output[4 : 4 + length])
        del self._output[: 4 + length]
        return body

    def _fill(self, size: int, deadline: float) -> None:
        while len(self._output) < size:
            try:
                piece = self._sock.read(deadline)
            except (OSError, ValueError) as error:  # closed under us by another thread
                raise self._gone() from error
            if piece is None:
                raise self._gone()
            number, data = piece
            if number == STDOUT:
                self._output += data
            else:
                self._complaints = (self._complaints + data)[-4000:]

    def _gone(self) -> BoxGone:
        last = self._complaints.decode(errors="replace").strip().splitlines()[-1:]
        return BoxGone(f"{self._name} has ended" + (f": {last[0]}" if last else ""))
