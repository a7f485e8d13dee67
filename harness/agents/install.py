"""Programs of agents: fetched once, by this machine's npm or pip, into the cache, for boxes to see.

A folder is named after everything that goes into it, and is there whole or not at all. No package's scripts run here.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.agents.agent_file import Install
from harness.agents.protocol import AgentError
from harness.sandbox.errors import ImageError
from harness.sandbox.host_image import find_interpreter
from harness.sandbox.images import LANGUAGES
from harness.sandbox.images.wheels import ensure_wheels
from harness.sandbox.images.workshop import cache, image_name, lock, run

PLACE = "/opt/cli"  # where boxes see it

_LAYOUT = 1  # of the folder; a new number makes new folders


@dataclass(frozen=True)
class Installed:
    """A folder of this machine, and the program in it by its path in a box ("" when none is named)."""

    folder: Path
    program: str


def ensure_install(name: str, install: Install, kind: str, say: Callable[[str], None]) -> Installed:
    """What the agent `name` needs, installed on first use, for boxes of that kind. Raises `AgentError`."""
    python = _python(kind) if install.pip else ""
    machine = os.uname().machine
    tag = image_name(f"agent-{name}", _LAYOUT, install.model_dump_json(), machine, python)
    folder = cache() / "agents" / tag.partition("/")[2].replace(":", "-")
    try:
        if not folder.is_dir():
            with lock(tag, say):
                if not folder.is_dir():
                    _make(name, install, python, machine, folder, say)
    except ImageError as error:
        raise AgentError(f"The agent `{name}` could not be installed. {error}") from error
    except OSError as error:
        raise AgentError(f"The agent `{name}` could not be installed below {folder.parent}: {error}.") from error
    return Installed(folder, _program(name, install, folder))


def _python(kind: str) -> str:
    """The version of python3 in boxes of that kind, as in `3.11`."""
    wanted = LANGUAGES["python"].python  # of every image, whatever its language
    if not kind.startswith("bubblewrap"):
        return wanted
    return ".".join(find_interpreter(wanted).version.split(".")[:2])


def _make(name: str, install: Install, python: str, machine: str, folder: Path, say: Callable[[str], None]) -> None:
    partial = folder.with_name(f"{folder.name}.partial")  # we hold the lock: it was left by a run that was killed
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        if install.npm:
            packages = [package.replace("{cpu}", _npm_cpu(machine)) for package in install.npm]
            say(f"installing {', '.join(packages)} with this machine's npm, once")
            _npm(name, packages, partial)
        if install.pip:
            wheels = ensure_wheels(python, machine, tuple(install.pip), say, whole=True)
            _unpack(wheels, python, partial / "site")
        for path in [partial, *partial.rglob("*")]:
            if not path.is_symlink():  # boxes' users are others than ours, whatever our umask
                mode = path.stat().st_mode
                path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
        _program(name, install, partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _npm(name: str, packages: list[str], folder: Path) -> None:
    if shutil.which("npm") is None:
        raise AgentError(
            f"The agent `{name}` is installed with npm, which this machine does not have: install Node.js 20 or newer "
            "with its npm (it is needed on this machine only, and only once)."
        )
    log = folder / "npm.log"
    # A package's install scripts would run a stranger's code here; programs are named by where they lie instead.
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--omit=optional", "--omit=dev"]
    command += ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", *packages]
    run(
        command,
        log,
        failure=f"npm did not install {', '.join(packages)}",
        remedy="Check that `npm view npm version` works on this machine: its registry and proxy are npm's settings.",
    )
    log.unlink()
    (folder / "node_modules" / ".package-lock.json").unlink(missing_ok=True)  # it names this machine's registry


def _npm_cpu(machine: str) -> str:
    return {"x86_64": "x64", "aarch64": "arm64"}.get(machine, machine)


def _unpack(wheels: Path, python: str, site: Path) -> None:
    """A wheel is an archive of what shall lie in site-packages; scripts and headers beside it are not needed."""
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    # A box could not keep what it compiles; where this machine has no such Python, each start takes some seconds more.
    interpreter = find_interpreter(python)
    if interpreter.version.startswith(f"{python}."):
        command = [interpreter.executable, "-I", "-m", "compileall", "-qq", "-s", str(site), "-p", f"{PLACE}/site"]
        subprocess.run([*command, str(site)], check=False, capture_output=True)


def _program(name: str, install: Install, folder: Path) -> str:
    if install.program is None:
        return ""
    found = sorted(path for path in folder.glob(install.program) if path.is_file())
    if not found:
        packages = ", ".join([*install.npm, *install.pip])
        raise AgentError(
            f"The agent `{name}` cannot be used: {packages} holds no {install.program}. Is there a build of it for "
            f"{platform.system()} on {platform.machine()}, and is `program` in the agent file right?"
        )
    return f"{PLACE}/{found[0].relative_to(folder)}"
