"""Sockets of this machine's that programs in boxes may talk to, and whether they can.

A box sees the socket's folder, read-only: it can connect, and neither remove nor replace nor add anything. An engine on
another machine, in a virtual machine or under gVisor shows the folder, or an empty one, and nobody answers in it.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from harness.sandbox import GATEWAY_DIR, BoxSpec, EngineUnavailable, Limits, Sandbox, SandboxError

OpenBox = Callable[[BoxSpec], AbstractContextManager[Sandbox]]

_LONGEST = 80  # bytes of a folder's path; a socket's must stay below 108 (sun_path, unix(7))
_NAME = "probe.sock"
_ASK = f"""
import socket
with socket.socket(socket.AF_UNIX) as line:
    line.settimeout(5)
    line.connect("{GATEWAY_DIR}/{_NAME}")
    print(line.recv(100).decode(), end="")
"""


@contextlib.contextmanager
def socket_folder() -> Iterator[Path]:
    """A folder for one socket: whoever is shown it may connect, and no other user of this machine gets there."""
    outer = Path(tempfile.mkdtemp(prefix="relay-"))
    if len(str(outer)) > _LONGEST:
        outer.rmdir()
        outer = Path(tempfile.mkdtemp(prefix="relay-", dir="/tmp"))
    try:
        inner = outer / "box"
        inner.mkdir()
        inner.chmod(0o755)
        yield inner
    finally:
        shutil.rmtree(outer, ignore_errors=True)


class Sockets:
    """Whether the boxes that `open_box` opens can talk to a socket of ours; tried once."""

    def __init__(self, open_box: OpenBox) -> None:
        self._open_box = open_box
        self._reached: bool | None = None
        self._trying = threading.Lock()

    def reached(self, image: str) -> bool:
        """See `reaches_sockets`."""
        with self._trying:
            if self._reached is None:
                self._reached = reaches_sockets(self._open_box, image)
            return self._reached

    def within_reach(self, spec: BoxSpec) -> BoxSpec:
        """A box to open, without a socket that it could not talk to."""
        return spec if spec.gateway is None or self.reached(spec.image) else replace(spec, gateway=None)


def reaches_sockets(open_box: OpenBox, image: str) -> bool:
    """Whether a program in a box of `image` can talk to a socket of ours: tried, since no engine says.

    Raises `EngineUnavailable`.
    """
    word = secrets.token_hex(16)  # what answers in there must be us
    with socket_folder() as folder, _saying(word, folder / _NAME):
        try:
            spec = BoxSpec(image, "agent", Limits(memory_mb=128, workspace_mb=8), gateway=folder)
            with open_box(spec) as box:
                done = box.run(["python3", "-I", "-c", _ASK], timeout_s=15)
        except EngineUnavailable:
            raise
        except SandboxError:
            return False
        return done.stdout.decode(errors="replace") == word


@contextlib.contextmanager
def _saying(word: str, path: Path) -> Iterator[None]:
    """A socket that says `word` to the first who connects."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        path.chmod(0o666)
        door.listen(1)
        door.settimeout(30)

        def answer() -> None:
            with contextlib.suppress(OSError):
                client, _ = door.accept()
                with client:
                    client.sendall(word.encode())

        thread = threading.Thread(target=answer, name="socket probe", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as ourselves:
                ourselves.setblocking(False)
                ourselves.connect(str(path))  # if nobody else came, the thread waits for somebody
            thread.join(5)
