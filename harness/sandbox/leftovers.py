"""What bubblewrap boxes leave when an orchestrator and its launcher are killed at once: a folder, and cgroups."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from harness.sandbox import cgroup, launcher
from harness.sandbox.launch import PREFIX, reachable_temp
from harness.sandbox.owner import is_dead


def remove_left_behind(*, every: bool = False) -> list[str]:
    """Remove what dead owners left (`every`: what belongs to running ones as well); a name for each thing."""
    found = [path for path in sorted(Path(reachable_temp()).glob(f"{PREFIX}*")) if every or is_dead(_owner(path))]
    for path in found:
        for pid in _launchers(str(path)):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)  # its boxes end with it
        launcher.scrub(str(path))
    return [f"folder {path.name}" for path in found] + [f"cgroup {name}" for name in cgroup.remove_dead(every=every)]


def _owner(path: Path) -> str:
    return path.name.removeprefix(PREFIX).rpartition(".")[0]


def _launchers(folder: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if launcher.__file__.encode() in words and folder.encode() in words:
                found.append(int(process.name))
    return found
