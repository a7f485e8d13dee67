"""Which process a box belongs to, so that what a killed one left behind can be told from what is in use."""

from __future__ import annotations

import functools
import os
import platform
from pathlib import Path


@functools.cache
def this_process() -> str:
    """A label for this process: machine, process id, and when it started."""
    return f"{platform.node()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Whether the process in a label is no longer there; one on another machine counts as alive."""
    node, pid, started = (["", "", *owner.rsplit(":", 2)])[-3:]
    if node != platform.node() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot (proc(5), stat field 22); "" when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""
