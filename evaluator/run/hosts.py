"""Which kind of box a run uses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.sandbox import EngineUnavailable, SandboxHost

if TYPE_CHECKING:
    from harness.sandbox.bubblewrap import BubblewrapHost


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def open_host(kind: str, run: str, say: Callable[[str], None] = _tell, *, runtime: str | None = None) -> SandboxHost:
    """The host of boxes for `--sandbox kind`; "auto" takes what there is, and says so where that is not an engine.

    `runtime` names one of a Docker engine's own, and then only an engine will do. Raises `EngineUnavailable`.
    """
    from harness.sandbox.docker import DockerHost

    if kind == "bubblewrap":
        return _bubblewrap(run)
    try:
        return DockerHost(run, runtime=runtime)
    except EngineUnavailable as engine:
        if kind != "auto" or runtime:
            raise
        try:
            host = _bubblewrap(run)
        except EngineUnavailable as error:
            raise EngineUnavailable(f"{engine}\n{error}") from error
        say(f"no Docker engine answers: boxes are made by bubblewrap (limits: {host.limits})")
        return host


def _bubblewrap(run: str) -> BubblewrapHost:
    from harness.sandbox.bubblewrap import BubblewrapHost

    return BubblewrapHost(run)


def remove_orphans(*, every: bool = False) -> list[str]:
    """Remove what killed orchestrators left behind (`every`: all of relaybench's boxes); the names.

    Raises `SandboxError` when an engine answers and then fails.
    """
    from harness.sandbox.engine import connect, orphans, remove
    from harness.sandbox.leftovers import remove_left_behind

    removed = remove_left_behind(every=every)
    try:
        client = connect()
    except EngineUnavailable:  # then it holds nothing of ours that runs
        return removed
    found = list(orphans(client, every=every))
    for kind, name in found:
        remove(client, kind, name)
    client.close()
    return removed + [f"{kind} {name[:12] if kind == 'container' else name}" for kind, name in found]
