"""Limits that hold: a cgroup a box where this machine lets us make one, in either version.

Version 1 has a hierarchy a controller, version 2 one for all. Groups are made below our own group (what limits us
limits them) or, in version 2, in the first group above where controllers may be handed down; their names carry the
owner, so that what a killed run left is found.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox import Limits
from harness.sandbox.owner import is_dead, this_process

_PREFIX = "relaybench-box."
_CONTROLLERS = ("memory", "pids", "cpu")


@dataclass(frozen=True)
class Cgroups:
    """Where groups can be made: version, and the parent of each controller's groups (`freezer` as well)."""

    version: int
    parents: Mapping[str, Path]

    @property
    def missing(self) -> tuple[str, ...]:
        """The limits that no cgroup will enforce here."""
        return tuple(name for name in _CONTROLLERS if name not in self.parents)

    def open(self, name: str, limits: Limits) -> Group:
        """A new group with these limits. Raises OSError."""
        folders = {parent / f"{_PREFIX}{this_process()}.{name}" for parent in self.parents.values()}
        group = Group(folders, int(limits.cpus * 100_000))
        try:
            for folder in group.folders:
                folder.mkdir()
            for controller, parent in self.parents.items():
                folder = parent / f"{_PREFIX}{this_process()}.{name}"
                for file, value, needed in _settings(self.version, controller, limits):
                    if needed or (folder / file).exists():
                        (folder / file).write_text(value, encoding="ascii")
        except OSError:
            group.close()
            raise
        return group


def _settings(version: int, controller: str, limits: Limits) -> list[tuple[str, str, bool]]:
    """(file, value, whether it must be there) for one controller."""
    memory, quota = str(limits.memory_mb << 20), str(int(limits.cpus * 100_000))
    if controller == "pids":
        return [("pids.max", str(limits.pids), True)]
    if version == 1:
        return {
            "memory": [("memory.limit_in_bytes", memory, True), ("memory.memsw.limit_in_bytes", memory, False)],
            "cpu": [("cpu.cfs_period_us", "100000", True), ("cpu.cfs_quota_us", quota, True)],
        }.get(controller, [])
    return {
        "memory": [("memory.max", memory, True), ("memory.swap.max", "0", False)],
        "cpu": [("cpu.max", f"{quota} 100000", True)],
    }.get(controller, [])


class Group:
    """One box's group."""

    def __init__(self, folders: set[Path], quota: int = 100_000) -> None:
        self.folders = sorted(folders)
        self._quota = quota

    @property
    def entrances(self) -> list[str]:
        """The files to which a process writes "0" to enter."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def freeze(self, frozen: bool) -> bool:
        """Stop all, or let them go on; False where there is no freezer."""
        for folder in self.folders:
            for file, values in (("freezer.state", ("THAWED", "FROZEN")), ("cgroup.freeze", ("0", "1"))):
                if (folder / file).exists():
                    (folder / file).write_text(values[frozen], encoding="ascii")
                    return True
        return False

    def hurry(self, hurrying: bool) -> None:
        """Let its processes run, and more than their share, so that they can die; or back to their share."""
        if hurrying:
            self.freeze(False)
        for folder in self.folders:
            files = {"cpu.cfs_quota_us": ("-1", f"{self._quota}"), "cpu.max": ("max 100000", f"{self._quota} 100000")}
            for file, (more, share) in files.items():
                if (folder / file).exists():
                    (folder / file).write_text(more if hurrying else share, encoding="ascii")

    def out_of_memory(self) -> int | None:
        """How many processes the kernel has ended in it for want of memory; None where it does not count."""
        for folder in self.folders:
            for file in ("memory.oom_control", "memory.events"):
                with contextlib.suppress(OSError):
                    for line in (folder / file).read_text(encoding="ascii").splitlines():
                        name, _, count = line.partition(" ")
                        if name == "oom_kill":
                            return int(count)
        return None

    def close(self) -> None:
        """Kill what is left in it and remove it. Never raises."""
        with contextlib.suppress(OSError):
            self.hurry(True)  # the dead stay undead in a frozen group
        deadline = time.monotonic() + 2
        for folder in self.folders:
            while folder.is_dir():
                for pid in _members(folder):
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.002)


def find_cgroups(mountinfo: Path = Path("/proc/self/mountinfo"), own: Path = Path("/proc/self/cgroup")) -> Cgroups:
    """Where this process may make groups; no parents where it may not."""
    mounts = dict(_mounts(mountinfo))
    paths = {}
    for line in own.read_text(encoding="utf-8").splitlines() if own.exists() else []:
        _, names, path = line.split(":", 2)
        paths.update(dict.fromkeys(names.split(","), path))
    ones = {name: _below(mounts[name], paths.get(name, "/")) for name in (*_CONTROLLERS, "freezer") if name in mounts}
    ones = {name: folder for name, folder in ones.items() if _can_make(folder)}
    if ones:
        return Cgroups(1, ones)
    if "" in mounts:
        folder = _below(mounts[""], paths.get("", "/"))
        for parent in (folder, *folder.parents):
            if not parent.is_relative_to(mounts[""][0]):
                break
            if handed := _handed_down(parent):
                return Cgroups(2, dict.fromkeys(handed, parent))
    return Cgroups(0, {})


def remove_dead(*, every: bool = False) -> list[str]:
    """Remove the groups of dead owners (`every`: of all); their names."""
    boxes: set[str] = set()
    for mount, _ in dict(_mounts(Path("/proc/self/mountinfo"))).values():
        for place, names, _ in os.walk(mount):
            for name in names:
                owner = name.removeprefix(_PREFIX).rpartition(".")[0]
                if name.startswith(_PREFIX) and (every or is_dead(owner)):
                    Group({Path(place, name)}).close()
                    boxes.add(name)
    return sorted(boxes)


def _mounts(mountinfo: Path) -> Iterator[tuple[str, tuple[Path, str]]]:
    """(controller, (where it is mounted, which group is its root)); "" for version 2. Format: proc(5)."""
    for line in mountinfo.read_text(encoding="utf-8").splitlines() if mountinfo.exists() else []:
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        root, place = (re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), text) for text in before.split(" ")[3:5])
        if kind == "cgroup2":
            yield "", (Path(place), root)
        elif kind == "cgroup":
            for name in options.split(","):
                yield name, (Path(place), root)


def _below(mount: tuple[Path, str], path: str) -> Path:
    """Our own group's folder; the mount itself where a container shows only a part."""
    place, root = mount
    folder = place / os.path.relpath(path, root)
    return folder if ".." not in folder.parts and folder.is_dir() else place


def _can_make(parent: Path) -> bool:
    probe = parent / f"{_PREFIX}{this_process()}.probe-{os.urandom(4).hex()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True


def _handed_down(parent: Path) -> list[str]:
    """The controllers that groups below `parent` may have; the kernel refuses where `parent` holds processes."""
    try:
        there = (parent / "cgroup.controllers").read_text(encoding="ascii").split()
        wanted = [name for name in _CONTROLLERS if name in there]
        control = parent / "cgroup.subtree_control"
        if not wanted or not _can_make(parent):
            return []
        if not set(wanted) <= set(control.read_text(encoding="ascii").split()):
            control.write_text(" ".join(f"+{name}" for name in wanted), encoding="ascii")
    except OSError:
        return []
    return wanted


def _members(folder: Path) -> list[int]:
    try:
        return [int(pid) for pid in (folder / "cgroup.procs").read_text(encoding="ascii").split()]
    except OSError:
        return []
