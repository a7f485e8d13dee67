"""What building needs, whatever is built: names, locks, the cache, a program on the host, a layer in a container."""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import IO

import docker

from harness.sandbox.errors import ImageError
from harness.sandbox.owner import this_process

_BUILD_SECONDS = 900
_LOG_LINES = 20

Say = Callable[[str], None]


def image_name(kind: str, *parts: object) -> str:
    """Return `relaybench/<kind>:<16 hex>`, a digest of everything in `parts` (strings, bytes, dataclasses, tuples)."""
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return f"relaybench/{kind}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _plain(part: object) -> object:
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else asdict(part)  # type: ignore[call-overload]


def first_present(engine: docker.APIClient, tags: Iterable[str]) -> str | None:
    """Return the first of `tags` that the engine has; one call, about 2 ms."""
    wanted = list(tags)
    found = {tag for image in engine.images(filters={"reference": wanted}) for tag in image["RepoTags"] or ()}
    return next((tag for tag in wanted if tag in found), None)


@contextmanager
def lock(tag: str, say: Say) -> Iterator[None]:
    """One builder for a tag at a time. flock belongs to the open file, so it keeps threads apart as well."""
    folder = cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / re.sub(r"\W", "-", tag)).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run to finish {tag}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cache() -> Path:
    """Return the folder for what can be fetched or made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "relaybench"


def machine_of(engine: docker.APIClient) -> str:
    """The engine's processor, as `uname -m` and wheels spell it."""
    architecture = str(engine.version()["Arch"])
    return {"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}.get(architecture, architecture)


def run(command: list[str], log: Path, *, failure: str, remedy: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program on the host with its output in `log`, and `env` on top of ours; on any way out, it is over.

    Raises ImageError, made of `failure`, the end of the log and `remedy`.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
        try:
            status = process.wait(_BUILD_SECONDS)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            if process.poll() is None:
                _end(process)
    if status:
        raise ImageError(f"{failure} (status {status}). Its output ended with:\n{_tail(log.read_bytes())}\n{remedy}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely first: pip removes its temporary folders when it is asked to stop."""
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def commit(
    engine: docker.APIClient,
    base: str,
    tag: str,
    script: str,
    *,
    changes: Iterable[str],
    files: Mapping[str, bytes | Path] | None = None,
    network: str = "none",
) -> None:
    """Run `script` as root in a container of `base` with `files` put in, and keep the result as `tag`: one layer.

    A Dockerfile would need the wheels in a layer of their own, or leave an untagged stage behind for each image.
    """
    container = engine.create_container(
        base,
        ["sh", "-euc", script],
        entrypoint=[],
        user="0",
        working_dir="/",
        labels={"relaybench": "build", "relaybench.owner": this_process()},
        host_config=engine.create_host_config(network_mode=network),
    )["Id"]
    try:
        if files:
            with tempfile.TemporaryFile() as archive:
                _pack(archive, files)
                archive.seek(0)
                engine.put_archive(container, "/", archive)
        engine.start(container)
        status = engine.wait(container, timeout=_BUILD_SECONDS)["StatusCode"]
        if status:
            log = _tail(engine.logs(container, tail=_LOG_LINES))
            raise ImageError(f"Setting up {tag} on {base} failed (status {status}). Its output ended with:\n{log}")
        repository, _, name = tag.partition(":")
        engine.commit(container, repository=repository, tag=name, changes=list(changes))
    finally:
        engine.remove_container(container, force=True, v=True)


def _pack(archive: IO[bytes], files: Mapping[str, bytes | Path]) -> None:
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.mode = 0o755
            if isinstance(content, Path):
                member.size = content.stat().st_size
                with content.open("rb") as file:
                    tar.addfile(member, file)
            else:
                member.size = len(content)
                tar.addfile(member, BytesIO(content))


def _tail(log: bytes) -> str:
    return "\n".join(log.decode("utf-8", "replace").rstrip().splitlines()[-_LOG_LINES:])


def one_line(text: str) -> str:
    """Return somebody else's message in a form that fits into a sentence of ours."""
    return " ".join(text.split()).rstrip(".")
