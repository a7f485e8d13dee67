"""Which kind of box a run uses."""

from __future__ import annotations

from harness.sandbox import EngineUnavailable, SandboxHost


def open_host(kind: str, run: str) -> SandboxHost:
    """The host of boxes for `--sandbox kind` ("auto" takes what there is). Raises `EngineUnavailable`."""
    if kind == "bubblewrap":
        raise EngineUnavailable("The bubblewrap box is not built yet; use --sandbox docker with a Docker engine.")
    from harness.sandbox.docker import DockerHost

    return DockerHost(run)


def remove_orphans(*, every: bool = False) -> list[str]:
    """Remove boxes and volumes that killed orchestrators left behind (`every`: all of relaybench's); their names.

    Raises `EngineUnavailable`.
    """
    from harness.sandbox.engine import connect, orphans, remove

    client = connect()
    found = list(orphans(client, every=every))
    for kind, name in found:
        remove(client, kind, name)
    client.close()
    return [f"{kind} {name[:12] if kind == 'container' else name}" for kind, name in found]
