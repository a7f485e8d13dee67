"""Boxes: places without a network where untrusted programs run.

`Sandbox` is one running box, `SandboxHost` is what opens them (a Docker engine, or bubblewrap). Everything
above this package talks to these two protocols and to `Tree`; nothing above it imports docker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from harness.sandbox.errors import BoxGone, EngineUnavailable, ImageError, SandboxError, StreamTimeout
from harness.sandbox.tree import Caps, CopiedOut, File, Tree

__all__ = [
    "AGENT",
    "GATEWAY_DIR",
    "KEEPER",
    "LINK_DIR",
    "RELAY_DIR",
    "STOP_S",
    "WORKSPACE",
    "BoxGone",
    "BoxSpec",
    "Caps",
    "Completed",
    "CopiedOut",
    "EngineUnavailable",
    "File",
    "ImageError",
    "Limits",
    "Sandbox",
    "SandboxError",
    "SandboxHost",
    "Stream",
    "StreamTimeout",
    "Tree",
]

WORKSPACE = "/workspace"
RELAY_DIR = "/run/relay"  # ours inside an agent's box: the reporter's socket and the message file
GATEWAY_DIR = "/run/gateway"  # where an agent's box sees the folder of a socket of this machine's
STOP_S = 0.2  # how often a running command looks whether it shall stop
LINK_DIR = "/run/link"  # the one folder a subject and an oracle share; it holds a socket and nothing else

User = Literal["agent", "keeper"]
AGENT: User = "agent"  # uid 1000: the agent, and in grading boxes the work under test
KEEPER: User = "keeper"  # uid 65534: ours; the agent's uid can neither signal nor read it


@dataclass(frozen=True)
class Limits:
    """What one box may use. `cpus` in cores, memory and disk in MiB.

    `home_mb` is for the home and /tmp, each; 0 means as much as the workspace.
    """

    cpus: float = 1.0
    memory_mb: int = 512
    pids: int = 256
    workspace_mb: int = 64
    home_mb: int = 0


@dataclass(frozen=True)
class BoxSpec:
    """One box to open.

    `link` names a `SandboxHost.link()` to mount at `LINK_DIR`; `files` is a host folder whose content appears,
    unwritable, at /opt/agent; `mounts` are host folders that appear, unwritable and uncopied, at the places they are
    listed by; `gateway` is a host folder with a socket that programs in an agent's box may talk to, at `GATEWAY_DIR`,
    where that works (`SandboxHost.reaches_sockets`); `keep_workspace` asks for a workspace that can be copied out of
    while frozen.
    """

    image: str
    role: Literal["agent", "subject", "oracle"]
    limits: Limits = Limits()
    trial: str = ""
    link: str | None = None
    files: Path | None = None
    mounts: Mapping[str, Path] = field(default_factory=dict)
    gateway: Path | None = None
    keep_workspace: bool = False


@dataclass(frozen=True)
class Completed:
    """One finished command. `code` is None when it was killed at its deadline.

    `wall_s` runs from the request to the end; `overrun_s` is how long after the deadline the last process of the
    command was gone (0.0 when it ended by itself). `stdout` and `stderr` are cut at the caller's cap.
    """

    code: int | None
    stdout: bytes
    stderr: bytes
    wall_s: float
    timed_out: bool = False
    overrun_s: float = 0.0
    truncated: bool = False


class Stream(Protocol):
    """A long-lived program in a box, spoken to in frames: a 4-byte big-endian length, then JSON."""

    def send(self, message: Mapping[str, object]) -> None:
        """Send one frame. Raises `BoxGone` when the program has ended."""

    def receive(self, timeout_s: float) -> dict[str, object]:
        """The next frame. Raises `StreamTimeout`, or `BoxGone` when the program has ended."""

    def close(self) -> None:
        """Hang up; the program sees end of file."""


class Sandbox(Protocol):
    """One running box. Every method raises `BoxGone` when the box has ended, `SandboxError` when the host failed.

    `lost` turns true when the agent's processes could not be ended: the box stays frozen, may be copied out of, and
    must then be replaced. `one_loopback` says whether all programs in the box share 127.0.0.1; else each command has
    its own. `gateway` says whether the folder of `BoxSpec.gateway` is there.
    """

    lost: bool
    one_loopback: bool
    gateway: bool

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
        """Run one command as the agent, in the workspace; at the deadline kill every process of the agent.

        Setting `stop` moves the deadline to now, give or take `STOP_S`.
        """

    def stream(self, program: Path, user: User) -> Stream:
        """Start one of `harness.inside`'s programs and keep talking to it."""

    def copy_in(self, tree: Tree, *, into: str = WORKSPACE, user: User = AGENT) -> None:
        """Write files below `into` (the workspace, or /opt/agent), owned by `user`."""

    def copy_out(self, caps: Caps) -> CopiedOut:
        """The workspace as bytes, read from outside the box; nothing in the box takes part."""

    def reap(self) -> list[str]:
        """Kill every process of the agent; the names of those that were still alive."""

    def freeze(self) -> None:
        """Stop every process in the box until `thaw`."""

    def thaw(self) -> None:
        """Let them go on."""

    def close(self) -> None:
        """Kill and remove the box and what belongs to it. Never raises; may be called twice."""


class SandboxHost(Protocol):
    """What opens boxes."""

    kind: str  # "docker", "docker/runsc" (a runtime that was asked for) or "bubblewrap"; in every result, and so is:

    @property
    def limits(self) -> str:
        """ "full", or "partial: ..." with what this machine does not enforce."""

    def image(self, language: str, requirements: tuple[str, ...], say: Callable[[str], None]) -> str:
        """An image for that language with those packages, built on first use. Raises `ImageError`."""

    def answers(self) -> bool:
        """Whether boxes can be opened just now; False while an engine is away."""

    def reaches_sockets(self, image: str) -> bool:
        """Whether boxes can talk to a socket of this machine's (`BoxSpec.gateway`); tried once, in a box of `image`."""

    def shows(self, folder: Path) -> bool:
        """Whether boxes of the images so far can read a folder of this machine's, hidden tests and all."""

    def open(self, spec: BoxSpec) -> AbstractContextManager[Sandbox]:
        """A started box; leaving the context removes it."""

    def link(self) -> AbstractContextManager[str]:
        """A folder of a few KiB that two boxes can share; yields the name for `BoxSpec.link`."""

    def remove_all(self) -> int:
        """Remove every box and folder of this run, from any thread; how many there were."""
