"""The orchestrator's end of `launcher`: one a run, used from any thread."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.sandbox import launcher
from harness.sandbox.errors import SandboxError
from harness.sandbox.owner import this_process

PREFIX = "relaybench-boxes."


class Launcher:
    """A running launcher. Its folders: `top`, on disk, whose name carries the owner; `folder`, that only it can see."""

    def __init__(self, *, mounts: bool = True) -> None:
        self.top = tempfile.mkdtemp(prefix=f"{PREFIX}{this_process()}.", dir=reachable_temp())
        Path(self.top).chmod(0o711)
        self.folder = f"{self.top}/live"
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        self._lock = threading.Lock()
        program = [sys.executable, "-I", "-S", launcher.__file__]
        self._process = subprocess.Popen(
            [*program, str(theirs.fileno()), self.top, "mounts" if mounts else "plain"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the orchestrator's affair
        )
        theirs.close()
        hello, (self.base,) = self._receive()
        self.mounts: bool = hello["mounts"]
        self.trouble: str = hello["trouble"]

    @property
    def alive(self) -> bool:
        """Whether it can still be asked for something."""
        return self._process.poll() is None

    def tmpfs(self, name: str, size: str, *, uid: int, mode: int, more: str = "") -> int:
        """A folder of at most `size` below ours (only as a plain folder where nothing can be mounted); opened."""
        path = f"{self.folder}/{name}"
        if self.mounts:
            options = f"size={size},uid={uid},gid={uid},mode={mode:o}{more}"
            return self._ask({"op": "tmpfs", "path": path, "options": options})[1][0]
        return self._ask({"op": "folder", "path": path, "uid": uid, "mode": mode})[1][0]

    def bind(self, source: str, name: str) -> str:
        """The path where a box's user can see `source`."""
        path = f"{self.folder}/{name}"
        self._ask({"op": "bind", "source": source, "path": path})
        return path

    def mind(self, cgroups: Iterable[str]) -> None:
        """Have cgroups removed when all ends at once."""
        self._ask({"op": "mind", "cgroups": list(cgroups)})

    def drop(self, names: Iterable[str]) -> None:
        """Remove folders. Never raises."""
        with contextlib.suppress(SandboxError):
            for name in names:
                self._ask({"op": "drop", "path": f"{self.folder}/{name}"})

    def spawn(
        self, argv: Sequence[str], fds: Sequence[int], *, uid: int | None, cgroups: Sequence[str],
        limits: dict[str, int], oom: int,
    ) -> int:  # fmt: skip
        """Start a program with `fds` as its 0, 1, 2, ...; its process id."""
        order = {"op": "spawn", "argv": list(argv), "uid": uid, "cgroups": list(cgroups), "limits": limits, "oom": oom}
        return int(self._ask(order, fds)[0]["pid"])

    def put(self, name: str, data: bytes, mode: int = 0o644) -> str:
        """Write a file of ours into the folder; its path."""
        for parent in reversed(Path(name).parents[:-1]):
            with contextlib.suppress(FileExistsError):
                os.mkdir(parent, 0o755, dir_fd=self.base)
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, dir_fd=self.base)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            os.fchmod(fd, mode)
        return f"{self.folder}/{name}"

    def close(self) -> None:
        """End it with all it started; returns when nothing is left. May be called twice."""
        with self._lock:
            if self._socket.fileno() == -1:
                return
            self._socket.close()
            os.close(self.base)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        launcher.scrub(self.top)

    def _ask(self, order: dict[str, Any], fds: Sequence[int] = ()) -> tuple[dict[str, Any], list[int]]:
        letter = os.memfd_create("order")
        try:
            with open(letter, "wb", closefd=False) as file:
                file.write(json.dumps(order).encode())
            os.lseek(letter, 0, os.SEEK_SET)
            with self._lock:
                socket.send_fds(self._socket, [b"order"], [letter, *fds])
                answer, received = self._receive()
        except OSError as error:
            raise SandboxError(f"the launcher of bubblewrap boxes has ended: {error}") from error
        finally:
            os.close(letter)
        if "error" in answer:
            raise SandboxError(f"the launcher of bubblewrap boxes could not {order['op']}: {answer['error']}")
        return answer, received

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        message, fds, _, _ = socket.recv_fds(self._socket, 1 << 16, 4)
        if not message:
            raise SandboxError("the launcher of bubblewrap boxes has ended")
        for fd in fds:
            os.set_inheritable(fd, False)
        return json.loads(message), fds


def reachable(path: Path) -> bool:
    """Whether every user of this machine could go there."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def reachable_temp() -> str:
    """The folder for temporary files, or /tmp when root's own is closed to the users that boxes run as."""
    temp = tempfile.gettempdir()
    return "/tmp" if os.geteuid() == 0 and not reachable(Path(temp)) else temp  # noqa: S108


def copied(folder: Path, into: Path) -> None:
    """A copy of a host folder that everyone may read and, by its modes, nobody change."""
    shutil.copytree(folder, into, symlinks=True)
    for path in (into, *into.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod((mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0)) & 0o755)
