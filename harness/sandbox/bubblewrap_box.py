"""One box of bubblewrap's: folders that last, and a process tree for each command."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sandbox import (
    AGENT,
    GATEWAY_DIR,
    KEEPER,
    LINK_DIR,
    RELAY_DIR,
    STOP_S,
    WORKSPACE,
    BoxGone,
    BoxSpec,
    Caps,
    Completed,
    CopiedOut,
    SandboxError,
    StreamTimeout,
    Tree,
    User,
)
from harness.sandbox.boot import BOOT, ENV, parcel
from harness.sandbox.bwrap import HOLD, WATCH, Running, setenv, too_long
from harness.sandbox.cgroup import Group
from harness.sandbox.exec_stream import STDOUT, FrameStream
from harness.sandbox.folder import read_tree, usage, write_tree
from harness.sandbox.host_image import Site

if TYPE_CHECKING:
    from harness.sandbox.bubblewrap import BubblewrapHost

_LARGEST_FILE = 1 << 30
_LOOK_S = 0.5  # how often the size of a workspace is looked at where nothing else bounds it


class BubblewrapBox:
    """A `Sandbox` that is a few folders and the bubblewraps that work in them."""

    one_loopback = False

    def __init__(self, host: BubblewrapHost, spec: BoxSpec, site: Site) -> None:
        self._host, self._spec, self._site = host, spec, site
        self.name = f"{spec.role}-{uuid.uuid4().hex[:12]}"
        self.lost = False
        self.gateway = spec.gateway is not None
        self._folders: dict[str, int] = {}
        self._bound = ""  # where the box's user finds `BoxSpec.gateway`, which only root can reach
        self._group: Group | None = None
        self._running: dict[Running, User] = {}
        self._streams: list[FrameStream] = []
        self._left: list[str] = []
        self._lock = threading.Lock()
        self._closed = False

    @property
    def limits(self) -> str:
        """See `BubblewrapHost.limits`."""
        return self._host.limits

    def start(self) -> None:
        """Make the folders and the cgroup."""
        size, agent = f"{self._spec.limits.workspace_mb}m", self._host.uid(AGENT)
        home = f"{self._spec.limits.home_mb or self._spec.limits.workspace_mb}m"
        self._folder("workspace", size, agent, 0o755)
        self._folder("home", home, agent, 0o700)
        self._folder("tmp", home, agent, 0o1777)
        self._folder("relay", "1m", self._host.uid(KEEPER), 0o755)
        if self._spec.gateway and self._host.root and self._host.launcher.mounts:  # else it is ours, and so are they
            self._bound = self._host.launcher.bind(str(self._spec.gateway), f"{self.name}-gateway")
        if self._host.cgroups.parents:
            try:
                self._group = self._host.cgroups.open(self.name, self._spec.limits)
                self._host.launcher.mind(str(folder) for folder in self._group.folders)
            except OSError as error:
                raise SandboxError(f"no cgroup could be made for {self.name}: {error}") from error

    def run(
        self,
        argv: list[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        output_cap: int = 1 << 20,
        stop: threading.Event | None = None,
    ) -> Completed:
        """See `Sandbox.run`."""
        started = time.monotonic()
        deadline = started + timeout_s
        if too_long(argv):
            return Completed(126, b"", b"the arguments are too long\n", 0.0)
        running = self._start(["/bin/sh", "-c", WATCH, "sh", *argv], AGENT, env, "--as-pid-1")
        starved = self._group and self._group.out_of_memory()
        outputs: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        truncated, overrun, code = False, 0.0, None
        try:
            running.pipes.write(stdin, then_close=True)
            while (piece := self._read(running, deadline, stop)) is not None:
                number, data = piece
                kept = outputs[number]
                truncated = truncated or len(kept) + len(data) > output_cap
                kept += data[: output_cap - len(kept)]
            code = running.exit_code(deadline)
            if code is None:
                running.complain(bytes(outputs[2]))
                if self._closed or self._host.closed:
                    raise BoxGone(f"{self.name} was removed")
                # Not by itself, nor by its deadline. What is in a box cannot end bubblewrap, but by want of memory.
                if self._group and not running.told and starved == self._group.out_of_memory() is not None:
                    raise SandboxError(f"a command in {self.name} was ended by something else on this machine")
                code = 137
        except StreamTimeout:
            deadline = min(deadline, time.monotonic())  # earlier when we were asked to stop
            overrun = self._kill(running) - deadline
        finally:
            self._end(running)
        return Completed(
            code,
            bytes(outputs[STDOUT]),
            bytes(outputs[STDOUT + 1]),
            time.monotonic() - started,
            timed_out=code is None,
            overrun_s=overrun,
            truncated=truncated,
        )

    def stream(self, program: Path, user: User) -> FrameStream:
        """See `Sandbox.stream`."""
        python = f"{self._site.place}/bin/python3"
        running = self._start(["/bin/sh", "-c", HOLD, "sh", python, "-I", "-c", BOOT], user, None, "--as-pid-1")
        stream = FrameStream(running.pipes, f"{program.stem} in the {self._spec.role}'s box")
        self._streams.append(stream)
        stream.send_bytes(parcel(program))
        return stream

    def copy_in(self, tree: Tree, *, into: str = WORKSPACE, user: User = AGENT) -> None:
        """See `Sandbox.copy_in`; only the workspace can be written."""
        if into != WORKSPACE:
            raise SandboxError(f"nothing can be copied to {into} in a bubblewrap box")
        try:
            write_tree(self._top(), tree, uid=self._host.uid(user) if self._host.root else None)
        except OSError as error:
            raise SandboxError(f"copying files into {self.name} failed: {error}") from error

    def copy_out(self, caps: Caps) -> CopiedOut:
        """See `Sandbox.copy_out`; whatever the agent has running is ended first."""
        self._end_agent()
        try:
            return read_tree(self._top(), caps)
        except OSError as error:
            raise SandboxError(f"copying the workspace out of {self.name} failed: {error}") from error

    def reap(self) -> list[str]:
        """See `Sandbox.reap`: what commands left running was ended with them, and is named here."""
        self._end_agent()
        with self._lock:
            left, self._left = self._left, []
        return left

    def freeze(self) -> None:
        """See `Sandbox.freeze`."""
        self._hold(True)

    def thaw(self) -> None:
        """See `Sandbox.thaw`."""
        self._hold(False)

    def close(self) -> None:
        """See `Sandbox.close`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for stream in self._streams:
            stream.close()
        with contextlib.suppress(OSError):
            self.thaw()
        for running in list(self._running):
            self._end(running)
        if self._group:
            self._group.close()
        bound = ["gateway"] if self._bound else []
        self._host.launcher.drop(f"{self.name}-{kind}" for kind in (*self._folders, *bound))
        for fd in self._folders.values():
            os.close(fd)
        self._folders.clear()

    def _start(self, argv: list[str], user: User, env: Mapping[str, str] | None, *options: str) -> Running:
        if self._closed:
            raise BoxGone(f"{self.name} was closed")
        ours = self._spec.limits
        largest = max(ours.workspace_mb, ours.home_mb) << 20
        limits = {"FSIZE": _LARGEST_FILE if self._host.launcher.mounts else largest}
        if "pids" in self._host.cgroups.missing and counts_by_namespace():
            # Set inside: there the count is the box's own, outside it would be all of the user's.
            script = f'ulimit -p {self._spec.limits.pids} 2>/dev/null || ulimit -u {self._spec.limits.pids}; exec "$@"'
            argv = ["/bin/sh", "-c", script, "sh", *argv]
        running = self._host.start(argv, [*options, *self._options(user, env)], user, self._group, limits)
        with self._lock:
            self._running[running] = user
        try:
            running.ready(20)
            if running.pid is None:
                printed = b""
                while (piece := running.pipes.read(time.monotonic() + 5)) is not None:
                    printed += piece[1]
                running.complain(printed)
                raise BoxGone(f"{self.name}: bubblewrap was ended as it began")
        except BaseException:
            self._end(running)
            raise
        return running

    def _options(self, user: User, env: Mapping[str, str] | None) -> list[str]:
        """What of the root differs between boxes and users, and the environment."""
        host, site, folder = self._host, self._site, f"{self._host.launcher.folder}/{self.name}"
        options = ["--bind", f"{folder}-tmp", "/tmp", "--bind", f"{folder}-home", ENV["HOME"]]  # noqa: S108
        for prefix in site.prefixes:
            options += ["--ro-bind", host.visible(prefix), prefix]
        options += ["--ro-bind", host.visible(str(site.folder)), site.place]
        options += ["--bind" if user == KEEPER else "--ro-bind", f"{folder}-relay", RELAY_DIR]
        if self._spec.link:
            options += ["--bind", f"{host.launcher.folder}/{self._spec.link}", LINK_DIR]
        if user == AGENT:  # the keeper has no business in the workspace
            options += ["--bind", f"{folder}-workspace", WORKSPACE, "--chdir", WORKSPACE]
            if self._spec.files:
                options += ["--ro-bind", host.files(self._spec.files), "/opt/agent"]
            if self._spec.gateway:
                options += ["--ro-bind", self._bound or str(self._spec.gateway), GATEWAY_DIR]
            for place, mounted in self._spec.mounts.items():
                options += ["--ro-bind", host.visible(str(mounted)), place]
        path = ENV["PATH"] if site.place == "/usr/local" else f"{site.place}/bin:{ENV['PATH']}"
        return [*options, "--remount-ro", "/", *setenv({**ENV, "PATH": path, **site.env, **(env or {})})]

    def _folder(self, kind: str, size: str, uid: int, mode: int) -> None:
        self._folders[kind] = self._host.launcher.tmpfs(f"{self.name}-{kind}", size, uid=uid, mode=mode)

    def _top(self) -> int:
        if "workspace" not in self._folders:
            raise BoxGone(f"{self.name} was closed, and its workspace is lost")
        return self._folders["workspace"]

    def _read(self, running: Running, deadline: float, stop: threading.Event | None) -> tuple[int, bytes] | None:
        """The next output; where folders have no size of their own, they are looked at while we wait."""
        if self._host.launcher.mounts and not stop:
            return running.pipes.read(deadline)
        sizes = dict.fromkeys(("workspace", "home", "tmp"), self._spec.limits.workspace_mb << 20)
        if self._spec.limits.home_mb:
            sizes.update(dict.fromkeys(("home", "tmp"), self._spec.limits.home_mb << 20))
        while True:
            try:
                return running.pipes.read(min(deadline, time.monotonic() + (STOP_S if stop else _LOOK_S)))
            except StreamTimeout:
                if (stop and stop.is_set()) or time.monotonic() >= deadline:
                    raise
                if self._host.launcher.mounts:
                    continue
                if any(usage(self._folders[kind], allowed) > allowed for kind, allowed in sizes.items()):
                    self._kill(running)

    def _kill(self, running: Running) -> float:
        try:
            if self._group:
                self._group.hurry(True)
            return running.kill()
        except StreamTimeout:
            self.lost = True
            return time.monotonic()
        finally:
            if self._group:
                self._group.hurry(False)

    def _end(self, running: Running) -> None:
        """End what is left of a bubblewrap and forget it."""
        with self._lock:
            if self._running.pop(running, None) is None:
                return
        self._kill(running)
        names = running.names_left()
        running.close()
        with self._lock:
            self._left += names

    def _end_agent(self) -> None:
        for running in [running for running, user in list(self._running.items()) if user == AGENT]:
            self._end(running)
        if self.lost:
            raise BoxGone(f"the processes in {self.name} cannot be ended")

    def _hold(self, frozen: bool) -> None:
        if self._group and self._group.freeze(frozen):
            return
        for running in list(self._running):
            stopped: set[int] = set()
            while new := set(running.members()) - stopped:  # a process may fork before its turn comes
                for pid in new:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP if frozen else signal.SIGCONT)
                stopped |= new


def counts_by_namespace() -> bool:
    """Whether RLIMIT_NPROC counts a user's processes in each user namespace for itself: Linux 5.14 or newer."""
    return tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2]) >= (5, 14)
