"""Boxes on a Docker engine: opening them (`docker_box.py` is one), and finding them again.

Every container and volume carries labels; whatever a killed orchestrator leaves behind is found by them.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from harness.sandbox import AGENT, BoxSpec, EngineUnavailable, Sandbox, SandboxError
from harness.sandbox.docker_box import UIDS, DockerBox
from harness.sandbox.engine import LABEL, asking, connect, describe, new_client, remove
from harness.sandbox.images import ImageSpec, ensure_image
from harness.sandbox.owner import this_process
from harness.sandbox.sockets import Sockets


class DockerHost:
    """A `SandboxHost` on a Docker engine; `run` marks everything it opens.

    `runtime` names one of the engine's own, such as gVisor's `runsc`. Raises `EngineUnavailable`.
    """

    def __init__(self, run: str, *, runtime: str | None = None) -> None:
        client = connect()
        self._version = client.api_version
        facts = describe(client)
        client.close()
        if runtime and runtime not in facts.runtimes:
            raise EngineUnavailable(
                f"The Docker engine has no runtime `{runtime}`; it has {', '.join(facts.runtimes)}. "
                "Add it to the engine's daemon.json, or leave out --runtime."
            )
        # Results of another runtime are another kind: they do not compare.
        self.kind = f"docker/{runtime}" if runtime and runtime != facts.runtime else "docker"
        self.limits = f"partial: {facts.missing}" if facts.missing else "full"
        self._run = run
        self._runtime = runtime
        self._clients = threading.local()
        self._sockets = Sockets(self._box)
        self._closed = threading.Event()

    @property
    def client(self) -> docker.APIClient:
        """This thread's client: the SDK's session is not made for several threads."""
        if not hasattr(self._clients, "client"):
            self._clients.client = new_client(self._version)
        client: docker.APIClient = self._clients.client
        return client

    def image(self, language: str, requirements: tuple[str, ...], say: Callable[[str], None]) -> str:
        """See `SandboxHost.image`."""
        return ensure_image(self.client, ImageSpec(language, requirements), say)

    def answers(self) -> bool:
        """See `SandboxHost.answers`."""
        try:
            return bool(self.client.ping())
        except (DockerException, requests.RequestException, OSError):
            return False

    def shows(self, folder: Path) -> bool:
        """See `SandboxHost.shows`: images hold nothing of this machine."""
        return False

    def reaches_sockets(self, image: str) -> bool:
        """See `SandboxHost.reaches_sockets`."""
        return self._sockets.reached(image)

    @contextlib.contextmanager
    def open(self, spec: BoxSpec) -> Iterator[Sandbox]:
        """See `SandboxHost.open`."""
        with self._box(self._sockets.within_reach(spec)) as box:
            yield box

    @contextlib.contextmanager
    def _box(self, spec: BoxSpec) -> Iterator[Sandbox]:
        if self._closed.is_set():
            raise SandboxError("the run is being stopped")
        box = DockerBox(self, spec, self._labels(spec.role, spec.trial), self._runtime)
        try:
            box.start()
            yield box
        finally:
            box.close()

    @contextlib.contextmanager
    def link(self) -> Iterator[str]:
        """See `SandboxHost.link`."""
        name = self.volume("64k", {"role": "link"}, options="nr_inodes=64")
        try:
            yield name
        finally:
            with contextlib.suppress(DockerException, requests.RequestException):
                remove(self.client, "volume", name)

    def volume(self, size: str | None, labels: Mapping[str, str], options: str = "") -> str:
        """Create a labelled volume: a tmpfs of `size` that the agent's user owns, or on disk when None."""
        if self._closed.is_set():
            raise SandboxError("the run is being stopped")
        name = f"relaybench-{uuid.uuid4().hex[:12]}"
        driver: dict[str, str] = {}
        if size:
            mount = f"size={size},uid={UIDS[AGENT]},gid={UIDS[AGENT]},mode=0755,nosuid,nodev"
            driver = {"type": "tmpfs", "device": "tmpfs", "o": f"{mount},{options}" if options else mount}
        asking(
            lambda: self.client.create_volume(
                name, driver="local", driver_opts=driver, labels={**self._labels(labels["role"], ""), **labels}
            )
        )
        return name

    def remove_all(self) -> int:
        """See `SandboxHost.remove_all`; nothing can be opened afterwards."""
        self._closed.set()
        mine = {"label": f"{LABEL}.run={self._run}"}
        client = new_client(self._version, timeout_s=30)
        containers = [("container", c["Id"]) for c in asking(lambda: client.containers(all=True, filters=mine))]
        for kind, name in containers:
            with contextlib.suppress(DockerException):
                remove(client, kind, name)
        volumes = [("volume", v["Name"]) for v in asking(lambda: client.volumes(filters=mine))["Volumes"] or []]
        for kind, name in volumes:
            with contextlib.suppress(DockerException):
                remove(client, kind, name)
        return len(containers) + len(volumes)

    def _labels(self, role: str, trial: str) -> dict[str, str]:
        return {
            LABEL: "1",
            f"{LABEL}.run": self._run,
            f"{LABEL}.role": role,
            f"{LABEL}.trial": trial,
            f"{LABEL}.owner": this_process(),
        }
