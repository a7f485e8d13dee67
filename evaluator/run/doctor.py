"""What this machine can do for relaybench, and what it lacks."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from evaluator.run.hosts import open_host
from evaluator.task import TaskError, find_tasks, load_task
from harness.sandbox import SandboxError

ROOM_GB = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed` ones must be fine for a run to start; `remedy` is the next step."""

    name: str
    fine: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """Look at everything; never raises."""
    return [_python(), _git(), *_engine(), _builder(), _room(), *_tasks()]


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), platform.python_version(), "Python 3.11 or newer is needed.")


def _git() -> Finding:
    path = shutil.which("git")
    return Finding("git", bool(path), path or "not found", "Install git: histories of trials are kept with it.")


def _engine() -> list[Finding]:
    from harness.sandbox.engine import connect, describe, orphans

    try:
        client = connect()
        found = describe(client)
        left = sum(1 for _ in orphans(client))
    except SandboxError as error:
        return [Finding("docker engine", False, "none answers", str(error), needed=False), _bubblewrap(needed=True)]
    return [
        Finding("docker engine", True, f"{found.version}, API {found.api}, {found.storage}, {found.runtime}"
                + "".join(f" (also {name})" for name in found.runtimes if name != found.runtime)),
        Finding("seccomp", found.seccomp, "enforced" if found.seccomp else "off",
                "This engine does not filter system calls: boxes are weaker here.", needed=False),
        Finding("limits", found.limits, f"cgroup v{found.cgroup}: {found.missing or 'memory, swap, pids, cpu'}",
                "This engine cannot enforce these limits: an agent can exhaust the machine.", needed=False),
        Finding("images", True, ", ".join(found.images) or "none yet; the first run builds them (about a minute)"),
        Finding("left-overs", not left, f"{left} boxes or volumes of killed runs" if left else "none",
                "`relaybench clean` removes them; so does the next run.", needed=False),
        _bubblewrap(needed=False),
    ]  # fmt: skip


def _bubblewrap(*, needed: bool) -> Finding:
    try:
        host = open_host("bubblewrap", "doctor")
    except SandboxError as error:
        return Finding("bubblewrap", False, "cannot be used", str(error), needed=needed)
    limits = host.limits
    host.remove_all()
    return Finding("bubblewrap", True, f"serves where no engine answers; limits: {limits}", needed=needed)


def _builder() -> Finding:
    tools = [tool for tool in ("mmdebstrap", "debootstrap") if shutil.which(tool)]
    remedy = "Where no image registry answers, base images need it: `apt-get install mmdebstrap`."
    return Finding("mmdebstrap", bool(tools), ", ".join(tools) or "not found", remedy, needed=False)


def _room() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return Finding("disk", free > ROOM_GB, f"{free:.0f} GB free here", f"Images and runs want {ROOM_GB:.0f} GB.")


def _tasks() -> list[Finding]:
    return [_task(folder) for folder in find_tasks(Path("task_repos"))]


def _task(folder: Path) -> Finding:
    try:
        load_task(folder)
    except TaskError as error:
        return Finding(f"task {folder.name}", False, "cannot be read", str(error), needed=False)
    return Finding(f"task {folder.name}", True, "reads well")
