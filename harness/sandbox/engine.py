"""The Docker engine: reaching it, what it says of itself, what relaybench left on it, and its errors in words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.utils import kwargs_from_env

from harness.sandbox.errors import BoxGone, EngineUnavailable, SandboxError
from harness.sandbox.owner import is_dead
from harness.sandbox.tree import printable

T = TypeVar("T")

LABEL = "relaybench"
OLDEST_API = (1, 41)  # engine 20.10


def new_client(version: str = "auto", *, timeout_s: int = 120) -> docker.APIClient:
    """A client of the engine that the environment names, as yet unasked where `version` is told."""
    client = docker.APIClient(version=version, timeout=timeout_s, **kwargs_from_env())
    # What counts of the environment has been taken from it. For each request it would be read again, for proxies that a
    # socket has none of, and while another thread may be changing it.
    client.trust_env = False
    return client


def connect() -> docker.APIClient:
    """A client of an engine that answers and is new enough. Raises `EngineUnavailable` with the remedy."""
    try:
        client = new_client()
    except (DockerException, requests.RequestException, OSError) as error:
        address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        raise EngineUnavailable(
            f"No Docker engine answers at {address} ({short(error)}). Start one (`systemctl start docker`, or "
            "`dockerd &` as root), or set DOCKER_HOST; `relaybench doctor` says more."
        ) from error
    if tuple(int(part) for part in client.api_version.split(".")) < OLDEST_API:
        raise EngineUnavailable(
            f"The Docker engine speaks API {client.api_version}; 1.41 (engine 20.10) or newer is needed."
        )
    return client


@dataclass(frozen=True)
class EngineFacts:
    """What an engine enforces, by its own word."""

    version: str
    api: str
    storage: str
    runtime: str
    runtimes: tuple[str, ...]
    cgroup: str
    seccomp: bool
    missing: str  # the limits it cannot enforce, "" for none
    images: tuple[str, ...]

    @property
    def limits(self) -> bool:
        """Whether every limit of a box holds."""
        return not self.missing


def describe(client: docker.APIClient) -> EngineFacts:
    """Ask the engine about itself. Raises `EngineUnavailable`."""
    info: dict[str, Any] = asking(client.info)
    tags = [tag for image in asking(lambda: client.images(filters={"label": LABEL})) for tag in image["RepoTags"] or []]
    limits = {"memory": "MemoryLimit", "swap": "SwapLimit", "pids": "PidsLimit", "cpu": "CpuCfsQuota"}
    return EngineFacts(
        version=info["ServerVersion"],
        api=client.api_version,
        storage=info["Driver"],
        runtime=info["DefaultRuntime"],
        runtimes=tuple(sorted(info.get("Runtimes") or ())),
        cgroup=info.get("CgroupVersion", "1"),
        seccomp=any("seccomp" in option for option in info.get("SecurityOptions") or []),
        missing=", ".join(f"no {name}" for name, key in limits.items() if not info.get(key)),
        images=tuple(sorted(tags)),
    )


def orphans(client: docker.APIClient, *, every: bool = False) -> Iterator[tuple[str, str]]:
    """Boxes and volumes whose orchestrator is dead (`every`: all of relaybench), as (kind, id)."""
    for container in asking(lambda: client.containers(all=True, filters={"label": LABEL})):
        if every or is_dead(container["Labels"].get(f"{LABEL}.owner", "")):
            yield "container", container["Id"]
    for volume in asking(lambda: client.volumes(filters={"label": LABEL}))["Volumes"] or []:
        if every or is_dead((volume["Labels"] or {}).get(f"{LABEL}.owner", "")):
            yield "volume", volume["Name"]


def remove(client: docker.APIClient, kind: str, name: str) -> None:
    """Remove one of `orphans`; what is already gone, or being removed by another of us, is fine."""
    for _ in range(20):
        try:
            if kind == "container":
                client.remove_container(name, force=True, v=True)
            else:
                client.remove_volume(name, force=True)
        except APIError as error:
            if error.status_code not in (404, 409):
                raise
            if kind == "volume" and error.status_code == 409:  # in use, perhaps by a box that another is removing
                time.sleep(0.1)
                continue
        return


def asking(call: Callable[[], T], what: str = "the engine") -> T:
    """One call of the engine's API, its failures in our words."""
    try:
        return call()
    except NotFound as error:  # nothing inside a box can remove it
        raise SandboxError(f"{what} was removed by something else on this machine: {short(error)}") from error
    except APIError as error:
        text = short(error)
        if error.status_code == 409 or "is not running" in text:
            raise BoxGone(f"{what} has stopped: {text}") from error
        if "no space left" in text:
            text += " Free some disk space (`docker system df`, `docker image prune`), then run again with --resume."
        raise SandboxError(f"the engine refused a request about {what}: {text}") from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailable(
            f"the Docker engine stopped answering while we worked with {what} ({short(error)}). "
            "Start it again, then run again with --resume."
        ) from error


def short(error: BaseException) -> str:
    """What an error says, in one line."""
    text = getattr(error, "explanation", None) or str(error)
    return printable(" ".join(str(text).split()), 300)
