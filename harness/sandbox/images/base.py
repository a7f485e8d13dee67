"""Bases: an interpreter, git and a few tools, from a registry or from Debian packages, whichever can be had."""

import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from harness.sandbox.errors import ImageError
from harness.sandbox.images.workshop import (
    Say,
    cache,
    commit,
    first_present,
    image_name,
    lock,
    machine_of,
    one_line,
    run,
)


@dataclass(frozen=True)
class Language:
    """One row of the table: how each route provides a language. Both must give the same `python` as `python3`.

    `program` is what bubblewrap boxes take from this machine, besides python3, and `remedy` brings it. `env` holds in
    every box; `setup` is a script that root runs in the image, without a network.
    """

    registry_image: str
    registry_packages: tuple[str, ...]
    debian_suite: str
    debian_packages: tuple[str, ...]
    python: str = "3.11"
    program: str = ""
    remedy: str = ""
    env: tuple[tuple[str, str], ...] = ()
    setup: str = ""


# Go has no compiler for C beside it, nothing to download from, and in half of the boxes no git folder to ask.
_GO_ENV = (
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-buildvcs=false"),
    ("GOPROXY", "off"),
    ("GOTOOLCHAIN", "local"),
)
# Compiled once here; else every first build in a box would spend ten seconds and more on the standard library.
GO_SETUP = "GODEBUG=installgoroot=all GOCACHE=$(mktemp -d) go install std"
_GO_LINKS = "[ ! -d /usr/local/go/bin ] || ln -sf /usr/local/go/bin/* /usr/local/bin/"

LANGUAGES = {
    "python": Language("python:3.11-slim-bookworm", (), "bookworm", ("python3", "python3-pip")),
    "javascript": Language(
        "node:20-bookworm-slim",
        ("python3",),
        "bookworm",
        ("nodejs", "python3"),
        program="node",
        remedy="`apt-get install nodejs` is enough (18 or newer)",
    ),
    "go": Language(
        "golang:1.22-bookworm",
        ("python3",),
        "bookworm",
        ("golang-go", "python3"),
        program="go",
        remedy="`apt-get install golang-go` is enough (1.19 or newer)",
        env=_GO_ENV,
        setup=f"{_GO_LINKS}\nexport {' '.join('='.join(pair) for pair in _GO_ENV)}\n{GO_SETUP}",
    ),
}

_TOOLS = ("ca-certificates", "git", "procps")

_REGISTRY_SECONDS = 4.0
_ROOM_BYTES = 1_500_000_000


def base_name(route: str, language: Language) -> str:
    """Return the tag of a base: its digest covers all that the route makes it from."""
    if route == "registry":
        return image_name("base-registry", language.registry_image, language.registry_packages, _TOOLS, _REGISTRY_SETUP)
    return image_name("base-debian", language.debian_suite, language.debian_packages, _TOOLS, _UNWANTED)


def ensure_base(engine: docker.APIClient, language: Language, say: Say) -> tuple[str, str]:
    """Return (route, tag) of a base for the language; the route taken before is taken again, without asking."""
    names = {base_name(route, language): route for route in ROUTES}
    if name := first_present(engine, names):
        return names[name], name
    with lock(base_name("registry", language), say):
        if name := first_present(engine, names):
            return names[name], name
        refusals: list[str] = []
        for name, route in names.items():
            try:
                ROUTES[route](engine, language, name, say)
            except (ImageError, DockerException) as error:
                refusals.append(f"By way of {route}: {error}")
                say(refusals[-1])
            else:
                return route, name
    raise ImageError(
        f"No base image could be had. {' '.join(refusals)} What is needed: a registry that the engine can reach, "
        "or mmdebstrap on this machine (`apt-get install mmdebstrap debian-archive-keyring`)."
    )


# The slim images ship without compiled modules; a box with a read-only root would compile them at every start.
_REGISTRY_SETUP = """
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends $PACKAGES
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc /usr/share/man
python3 -m compileall -q "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" >/dev/null || true
"""


def _registry_base(engine: docker.APIClient, language: Language, name: str, say: Say) -> None:
    """A registry's image (the local one if there is one) plus our tools."""
    image = language.registry_image
    if first_present(engine, [image]):
        say(f"base {name}: from {image}, which is here already")
    else:
        _ask_registry(engine, image)
        say(f"base {name}: from {image}, a registry answers")
        _pull(engine, image, say)
    script = f"PACKAGES='{' '.join((*language.registry_packages, *_TOOLS))}'\n{_REGISTRY_SETUP}"
    commit(engine, image, name, script, changes=("LABEL relaybench=base",), network="default")


def _ask_registry(engine: docker.APIClient, image: str) -> None:
    """A pull from a registry that does not answer can take minutes to fail; this takes seconds."""
    address = f"{engine.base_url}/v{engine.api_version}/distribution/{image}/json"
    try:
        answer = engine.get(address, timeout=_REGISTRY_SECONDS)
    except requests.RequestException:
        raise ImageError(f"The registry of {image} gave no answer in {_REGISTRY_SECONDS:.0f} s.") from None
    if not answer.ok:
        reason = one_line(answer.json().get("message", answer.reason))
        raise ImageError(f"The registry of {image} does not answer ({reason}).")


def _pull(engine: docker.APIClient, image: str, say: Say) -> None:
    repository, _, tag = image.partition(":")
    layers: dict[str, tuple[int, int]] = {}
    said = time.monotonic()
    for line in engine.pull(repository, tag=tag, stream=True, decode=True):
        if "error" in line:
            raise ImageError(f"Pulling {image} failed: {one_line(line['error'])}.")
        if line.get("status") == "Downloading":
            progress = line.get("progressDetail", {})
            layers[line["id"]] = (progress.get("current", 0), progress.get("total", 0))
        if layers and time.monotonic() - said > 2:
            said = time.monotonic()
            current, total = (sum(column) / 1e6 for column in zip(*layers.values(), strict=True))
            say(f"pulling {image}: {current:.0f} of {total:.0f} MB")


_UNWANTED = (
    *(f"/usr/share/{name}/*" for name in ("doc", "info", "locale", "man")),
    # Go's tests, and its tools as source and as libraries: half of it.
    *(f"/usr/share/go-*/{name}/*" for name in ("api", "src/cmd", "test")),
    "/usr/lib/go-*/pkg/linux_*/cmd/*",
)


def _debian_base(engine: docker.APIClient, language: Language, name: str, say: Say) -> None:
    """A Debian file system made on this machine with its own apt settings, imported as one layer."""
    machine = machine_of(engine)
    if machine != platform.machine():
        raise ImageError(f"Debian packages do not help: the engine runs {machine}, this host {platform.machine()}.")
    builder = next((tool for tool in ("mmdebstrap", "debootstrap") if shutil.which(tool)), None)
    if builder is None:
        raise ImageError("Neither mmdebstrap nor debootstrap is installed here.")
    say(f"base {name}: from Debian {language.debian_suite} packages with {builder}, half a minute")
    # The folder is named after the image and we hold its lock: what is in it was left by a builder that was killed.
    work = cache() / "build" / name.partition(":")[2]
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        _check_room(work)
        tarball = work / "base.tar"
        packages = ",".join((*language.debian_packages, *_TOOLS))
        if builder == "mmdebstrap":
            options = [f"--dpkgopt=path-exclude={pattern}" for pattern in _UNWANTED]
            command = ["mmdebstrap", "--variant=minbase", f"--include={packages}", *options]
            command += [language.debian_suite, str(tarball)]
        else:
            script = _DEBOOTSTRAP.format(unwanted=" ".join(f"$1/root{pattern}" for pattern in _UNWANTED))
            command = ["sh", "-euc", script, "sh", str(work), packages, language.debian_suite]
        as_root = os.geteuid() == 0
        run(
            [*_CONFINED, *command] if as_root else command,
            work / "log",
            failure=f"{builder} could not put Debian {language.debian_suite} together",
            remedy="Check that `apt-get update` works on this machine and debian-archive-keyring is installed.",
            env={"TMPDIR": str(work)} if as_root else {},
        )
        repository, _, tag = name.partition(":")
        answer = engine.import_image(str(tarball), repository=repository, tag=tag, changes=["LABEL relaybench=base"])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not first_present(engine, [name]):
        raise ImageError(f"The engine did not import the base it was given: {one_line(answer)}.")


# However a builder run by root ends, even with us, its processes and mounts end with it, and all it wrote is in our
# folder. (Without root, mmdebstrap does the like for itself, in a folder that another uid must be able to reach.)
_CONFINED = ("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")

_DEBOOTSTRAP = """
debootstrap --variant=minbase --include="$2" "$3" "$1/root"
rm -rf {unwanted} "$1"/root/var/cache/apt/archives/*.deb "$1"/root/var/lib/apt/lists/*
tar -C "$1/root" --numeric-owner --one-file-system -cf "$1/base.tar" .
"""

ROUTES: Mapping[str, Callable[[docker.APIClient, Language, str, Say], None]] = {
    "registry": _registry_base,
    "debian": _debian_base,
}


def _check_room(folder: Path) -> None:
    if (free := shutil.disk_usage(folder).free) < _ROOM_BYTES:
        raise ImageError(
            f"{folder} has {free / 1e6:.0f} MB free and a base image needs {_ROOM_BYTES / 1e6:.0f} MB while it is "
            "made; free some, or point XDG_CACHE_HOME at a larger disk."
        )
