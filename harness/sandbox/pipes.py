"""The three pipes of a program started on this machine, read and written without blocking past a deadline.

The same methods as `exec_stream.ExecSocket`, without the engine's framing.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time

from harness.sandbox.errors import BoxGone, StreamTimeout
from harness.sandbox.exec_stream import STDERR, STDOUT


class Pipes:
    """Our ends of a program's input, output and error output."""

    def __init__(self, stdin: int, stdout: int, stderr: int) -> None:
        for fd in (stdin, stdout, stderr):
            os.set_blocking(fd, False)
        self._in = stdin
        self._out = {stdout: STDOUT, stderr: STDERR}
        self._unsent = memoryview(b"")
        self._then_close = False
        self._hang_up, self._wake = os.pipe()  # a close by another thread ends a wait here
        self._lock = threading.Lock()
        self._waiting = 0
        self.ended = False

    def write(self, data: bytes, *, then_close: bool = False) -> None:
        """Queue `data`; it goes out while `read` waits, so that neither side can block the other."""
        self._unsent = memoryview(bytes(self._unsent) + data)
        self._then_close = self._then_close or then_close

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of `data` now, beside a reader in another thread. Raises `StreamTimeout` or `BoxGone`."""
        rest = memoryview(data)
        while rest:
            if self._in not in self._wait({self._in: select.POLLOUT}, deadline):
                raise StreamTimeout("a program in a box does not read its input")
            try:
                rest = rest[os.write(self._in, rest[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise BoxGone(f"a program in a box has ended: {error}") from error

    def read(self, deadline: float) -> tuple[int, bytes] | None:
        """The next piece of output as (1 or 2, bytes), None at the end. Raises `StreamTimeout` at the deadline."""
        while True:
            if self.ended or not self._out:
                self.ended = True
                return None
            wanted = dict.fromkeys(self._out, select.POLLIN)
            if self._in != -1 and (self._unsent or self._then_close):
                wanted[self._in] = select.POLLOUT
            ready = self._wait(wanted, deadline)
            if not ready:
                raise StreamTimeout("no output in time")
            if self._in in ready:
                self._send_some()
            for fd in ready & self._out.keys():
                try:
                    data = os.read(fd, 1 << 16)
                except BlockingIOError:
                    continue
                if data:
                    return self._out[fd], data
                del self._out[fd]
                os.close(fd)

    def close(self) -> None:
        """Hang up; the program sees end of file."""
        with self._lock:
            self.ended = True
            if self._wake == -1:
                return
            os.close(self._wake)
            self._wake = -1
            if not self._waiting:
                self._release()

    def _wait(self, wanted: dict[int, int], deadline: float) -> set[int]:
        """Which of `wanted` are ready before the deadline. Raises `BoxGone` once closed."""
        with self._lock:
            if self._wake == -1:
                raise BoxGone("the line to a program in a box was closed")
            self._waiting += 1
        try:
            poll = select.poll()
            poll.register(self._hang_up, 0)
            for fd, events in wanted.items():
                poll.register(fd, events)
            ready = {fd for fd, _ in poll.poll(1000 * max(0.0, deadline - time.monotonic()))}
        finally:
            with self._lock:
                self._waiting -= 1
                closed = self._wake == -1
                if closed and not self._waiting:
                    self._release()
        if closed:
            raise BoxGone("the line to a program in a box was closed")
        return ready

    def _release(self) -> None:
        """Close everything, once nobody waits on it: a number closed under a poll could be another's file next."""
        for fd in (self._in, self._hang_up, *self._out):
            if fd != -1:
                with contextlib.suppress(OSError):
                    os.close(fd)
        self._in, self._out = -1, {}

    def _send_some(self) -> None:
        try:
            if self._unsent:
                self._unsent = self._unsent[os.write(self._in, self._unsent[: 1 << 16]) :]
        except BlockingIOError:
            return
        except OSError:  # the program closed its input: not an error by itself
            self._unsent, self._then_close = memoryview(b""), True
        if self._then_close and not self._unsent:
            os.close(self._in)
            self._in, self._then_close = -1, False
