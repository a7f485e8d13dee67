"""One box that is a container.

Hardening, all of it on every box: no network, no capabilities, no new privileges, our seccomp profile, a read-only
root, sized tmpfs for everything that can be written, limits on processes, memory (no swap), processor and open
files, no log. Process 1 runs as a user (the keeper) that the agent's user cannot signal, so an agent cannot end
its own box.
"""

from __future__ import annotations

import contextlib
import functools
import io
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import requests
from docker.errors import DockerException
from docker.types import LogConfig, Mount, Ulimit

from harness.sandbox import (
    AGENT,
    GATEWAY_DIR,
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
from harness.sandbox.engine import LABEL, asking, remove, short
from harness.sandbox.exec_stream import STDOUT, ExecSocket, FrameStream
from harness.sandbox.reaper import PROGRAM, Reaper
from harness.sandbox.tree import pack, unpack

if TYPE_CHECKING:
    from harness.sandbox.docker import DockerHost

T = TypeVar("T")

UIDS: Mapping[User, int] = {"agent": 1000, "keeper": 65534}
ENTER_S = 2.0
NOTICE_S = 2.0  # the engine may need a moment to notice that a container has stopped
_SECCOMP = Path(__file__).with_name("seccomp.json")


class DockerBox:
    """A `Sandbox` that is one container."""

    one_loopback = True

    def __init__(self, host: DockerHost, spec: BoxSpec, labels: dict[str, str], runtime: str | None) -> None:
        self._host = host
        self._spec = spec
        self._labels = labels
        self._runtime = runtime
        self._id = ""
        self._volumes: list[str] = []
        self._reaper: Reaper | None = None
        self._streams: list[FrameStream] = []
        self._entering: list[str] = []  # programs started since the box was last frozen
        self._frozen = False
        self.lost = False
        self.gateway = spec.gateway is not None
        self._closed = False

    @property
    def shell(self) -> list[str]:
        """The command by which a person gets a shell of the agent's."""
        home = f"HOME={ENV['HOME']}"
        return ["docker", "exec", "-it", "-u", _uid(AGENT), "-w", WORKSPACE, "-e", home, self._id[:12], "sh"]

    def start(self) -> None:
        """Create and start the container."""
        limits, client = self._spec.limits, self._host.client
        binds: dict[str, Mapping[str, str]] = {}
        disk = f"size={limits.workspace_mb}m"
        home = f"size={limits.home_mb or limits.workspace_mb}m"
        agent = f"uid={UIDS[AGENT]},gid={UIDS[AGENT]}"
        tmpfs = {
            "/tmp": f"{home},mode=1777,exec,nosuid,nodev",  # noqa: S108 - a path in the box
            "/home/agent": f"{home},mode=0700,{agent},exec,nosuid,nodev",
            RELAY_DIR: f"size=1m,mode=0755,uid={UIDS['keeper']},nosuid,nodev,noexec",
        }
        if self._spec.keep_workspace:
            # A tmpfs mount cannot be read from outside a frozen container; a tmpfs volume can.
            binds[self._volume(f"{limits.workspace_mb}m")] = {"bind": WORKSPACE, "mode": "rw"}
        else:
            tmpfs[WORKSPACE] = f"{disk},mode=0755,{agent},exec,nosuid,nodev"
        if self._spec.link:
            binds[self._spec.link] = {"bind": LINK_DIR, "mode": "rw"}
        if self._spec.files:
            binds[self._volume(None)] = {"bind": "/opt/agent", "mode": "rw"}
        mounts = {**self._spec.mounts, **({GATEWAY_DIR: self._spec.gateway} if self._spec.gateway else {})}
        host_config = client.create_host_config(
            binds=binds,
            mounts=[Mount(place, str(path), "bind", read_only=True) for place, path in mounts.items()],
            tmpfs=tmpfs,
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", f"seccomp={_seccomp()}"],
            read_only=True,
            init=True,
            pids_limit=limits.pids,
            mem_limit=f"{limits.memory_mb}m",
            memswap_limit=f"{limits.memory_mb}m",
            nano_cpus=int(limits.cpus * 1e9),
            ulimits=[
                Ulimit(name="core", soft=0, hard=0),
                Ulimit(name="nofile", soft=4096, hard=4096),
                Ulimit(name="fsize", soft=1 << 30, hard=1 << 30),
            ],
            log_config=LogConfig(type="none"),
            runtime=self._runtime,
        )
        self._id = self._ask(
            lambda: client.create_container(
                self._spec.image,
                command=["sleep", "infinity"],
                user=_uid("keeper"),
                working_dir=WORKSPACE,
                environment=dict(ENV),
                hostname="box",
                labels=self._labels,
                host_config=host_config,
            )
        )["Id"]
        self._ask(lambda: client.start(self._id))
        if self._spec.role == "agent":
            self._reaper = Reaper(self.stream(PROGRAM, AGENT))  # it starts while the workspace is copied in
        if self._spec.files:
            self._put(_pack_folder(self._spec.files), "/opt/agent")

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
        self._armed()
        started = time.monotonic()
        deadline = started + timeout_s
        exec_id, sock = self._exec(argv, AGENT, env)
        outputs: dict[int, bytearray] = {}
        truncated = False
        try:
            sock.write(stdin, then_close=True)
            while (piece := _until(deadline, stop, sock.read)) is not None:
                number, data = piece
                kept = outputs.setdefault(number, bytearray())
                truncated = truncated or len(kept) + len(data) > output_cap
                kept += data[: output_cap - len(kept)]
            code: int | None = _until(deadline, stop, lambda moment: self._exit_code(exec_id, moment))
            overrun = 0.0
        except StreamTimeout:
            deadline = min(deadline, time.monotonic())  # earlier when we were asked to stop
            code, overrun = None, self._stop_agent() - deadline
        finally:
            sock.close()
        return Completed(
            code,
            bytes(outputs.get(STDOUT, b"")),
            bytes(outputs.get(STDOUT + 1, b"")),
            time.monotonic() - started,
            timed_out=code is None,
            overrun_s=overrun,
            truncated=truncated,
        )

    def stream(self, program: Path, user: User) -> FrameStream:
        """See `Sandbox.stream`."""
        _, sock = self._exec(["python3", "-I", "-c", BOOT], user, None)
        stream = FrameStream(sock, f"{program.stem} in the {self._spec.role}'s box")
        stream.send_bytes(parcel(program))
        self._streams.append(stream)
        return stream

    def copy_in(self, tree: Tree, *, into: str = WORKSPACE, user: User = AGENT) -> None:
        """See `Sandbox.copy_in`."""
        self._put(pack(tree, uid=UIDS[user], gid=UIDS[user]), into)

    def copy_out(self, caps: Caps) -> CopiedOut:
        """See `Sandbox.copy_out`."""
        # The archive of a stopped container shows an empty folder where its tmpfs was: not what the agent left.
        if not self._ask(lambda: self._host.client.inspect_container(self._id))["State"]["Running"]:
            self._blame()
            raise BoxGone(f"{self._name} has stopped, and its workspace is lost")
        chunks, _ = self._ask(lambda: self._host.client.get_archive(self._id, WORKSPACE, chunk_size=1 << 18))
        try:
            return unpack(chunks, caps)
        except (requests.RequestException, OSError) as error:
            raise SandboxError(f"copying the workspace out of {self._name} failed: {short(error)}") from error
        finally:
            chunks.close()

    def reap(self) -> list[str]:
        """See `Sandbox.reap`."""
        if self.lost:
            return []
        for _ in range(2):
            try:
                return self._armed().kill_and_name(within_s=5)
            except (StreamTimeout, BoxGone):  # the agent ended our program: start another
                self._disarm()
        self._blame()
        # Something may still be entering the box, so it must not be frozen.
        self.lost = True
        self._ask(lambda: self._host.client.kill(self._id))
        raise BoxGone(
            f"the processes in {self._name} could not be ended one by one; the box was killed, workspace and all"
        )

    def freeze(self) -> None:
        """See `Sandbox.freeze`."""
        if not self._frozen:
            self._settle()
            try:
                self._ask(lambda: self._host.client.pause(self._id))
            except SandboxError as error:
                if "unable to freeze" not in str(error):
                    raise
                time.sleep(0.2)  # on a machine with much to do the kernel may not get round to it in runc's time
                self._ask(lambda: self._host.client.pause(self._id))
            self._frozen = True

    def thaw(self) -> None:
        """See `Sandbox.thaw`."""
        if self._frozen:
            self._ask(lambda: self._host.client.unpause(self._id))
            self._frozen = False

    def close(self) -> None:
        """See `Sandbox.close`."""
        if self._closed:
            return
        self._closed = True
        self._disarm()
        for stream in self._streams:
            stream.close()
        with contextlib.suppress(DockerException, requests.RequestException):
            if self._id:
                remove(self._host.client, "container", self._id)
            for name in self._volumes:
                remove(self._host.client, "volume", name)

    @property
    def _name(self) -> str:
        return f"the {self._spec.role}'s box {self._id[:12]}"

    def _ask(self, call: Callable[[], T]) -> T:
        try:
            return asking(call, self._name)
        except BoxGone:
            self._blame()
            raise

    def _blame(self) -> None:
        """Raise `SandboxError` if the box was stopped, and that cannot have been the agent's doing.

        Its process 1 is another user's, so all that an agent can do is have the kernel end it for want of memory.
        """
        deadline = time.monotonic() + NOTICE_S
        while not (self.lost or self._closed):
            state = asking(lambda: self._host.client.inspect_container(self._id), self._name)["State"]
            if state["OOMKilled"] or state["Paused"] or (state["Running"] and time.monotonic() > deadline):
                return
            if state["Running"]:
                time.sleep(0.05)
                continue
            raise SandboxError(
                f"{self._name} was stopped by something else on this machine (its status is {state['ExitCode']})"
            )

    def _volume(self, size: str | None) -> str:
        name = self._host.volume(size, {"role": self._spec.role, f"{LABEL}.trial": self._spec.trial})
        self._volumes.append(name)
        return name

    def _stop_agent(self) -> float:
        """End the agent's processes, now; the time when none of them ran any more."""
        try:
            if self._reaper is None:
                raise StreamTimeout("never armed")
            return self._reaper.kill(within_s=0.2)
        except (StreamTimeout, BoxGone):
            self._disarm()
        self.lost = True
        try:
            self.freeze()
        except SandboxError:  # a freezer can lose against endless forking; then the box goes, workspace and all
            self._ask(lambda: self._host.client.kill(self._id))
        return time.monotonic()

    def _armed(self) -> Reaper:
        if self._reaper is None:
            self._reaper = Reaper(self.stream(PROGRAM, AGENT))
        self._wait_for(self._reaper)
        return self._reaper

    def _wait_for(self, reaper: Reaper) -> None:
        try:
            reaper.wait_until_ready()
        except (BoxGone, StreamTimeout):
            self._disarm()
            self._blame()
            raise

    def _disarm(self) -> None:
        if self._reaper:
            self._reaper.close()
            self._reaper = None

    def _settle(self) -> None:
        """Wait until nothing enters the box any more: to freeze it meanwhile wedges engine 20.10 for good."""
        deadline = time.monotonic() + ENTER_S
        while self._entering:
            state = self._ask(lambda: self._host.client.exec_inspect(self._entering[-1]))
            if state["Pid"] or state["ExitCode"] is not None:
                self._entering.pop()
            elif time.monotonic() > deadline:
                raise SandboxError(f"a program took more than {ENTER_S:.0f} s to enter {self._name}")
            else:
                time.sleep(0.005)

    def _put(self, archive: bytes, path: str) -> None:
        self._ask(lambda: self._host.client.put_archive(self._id, path, archive))

    def _exec(self, argv: list[str], user: User, env: Mapping[str, str] | None) -> tuple[str, ExecSocket]:
        client = self._host.client
        created = self._ask(
            lambda: client.exec_create(
                self._id, argv, stdin=True, user=_uid(user), environment={**ENV, **(env or {})}, workdir=WORKSPACE
            )
        )
        self._entering.append(created["Id"])
        return created["Id"], ExecSocket(self._ask(lambda: client.exec_start(created["Id"], socket=True)))

    def _exit_code(self, exec_id: str, deadline: float) -> int | None:
        """The exit status; waits for a program that closed its output and goes on. Raises `StreamTimeout`."""
        while True:
            state = self._ask(lambda: self._host.client.exec_inspect(exec_id))
            if not state["Running"]:
                return int(state["ExitCode"])
            if time.monotonic() > deadline:
                raise StreamTimeout("still running")
            time.sleep(0.01)


def _until(deadline: float, stop: threading.Event | None, wait: Callable[[float], T]) -> T:
    """What `wait` returns before the deadline, or before `stop` is set. Raises `StreamTimeout`."""
    while stop:
        try:
            return wait(min(deadline, time.monotonic() + STOP_S))
        except StreamTimeout:
            if stop.is_set() or time.monotonic() >= deadline:
                raise
    return wait(deadline)


def _uid(user: User) -> str:
    return f"{UIDS[user]}:{UIDS[user]}"


@functools.cache
def _seccomp() -> str:
    return _SECCOMP.read_text()


def _pack_folder(folder: Path) -> bytes:
    """A host folder as a tar archive owned by root, so that the agent's user cannot change it."""

    def owned(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        runs = member.isdir() or member.mode & 0o100
        member.mode = (member.mode | 0o444 | (0o111 if runs else 0)) & ~0o022
        return member

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(folder, arcname=".", filter=owned)
    return buffer.getvalue()
