"""Wheels for a box, fetched by the host's own pip (its proxies, mirrors and certificates), kept between runs."""

import json
import shutil
import sys
from pathlib import Path

from harness.sandbox.images.workshop import Say, cache, image_name, lock, run

# pip chooses wheels for another interpreter when told to, but reads markers (`; python_version < "3.12"`) with the
# one it runs on, and would leave out what only the box needs.
PIP = """
import json, sys
from pip._vendor.packaging import markers
from pip._internal.cli.main import main
here = markers.default_environment
markers.default_environment = lambda: {**here(), **json.loads(sys.argv[1])}
sys.exit(main(sys.argv[2:]))
"""


def ensure_wheels(python: str, machine: str, requirements: tuple[str, ...], say: Say, *, whole: bool = False) -> Path:
    """Return a folder with wheels and the requirements.txt they satisfy, for CPython `python` on Linux `machine`.

    `whole` says that the requirements are all there is to fetch: what they depend on is among them, or not wanted.

    Raises ImageError where an index has no wheel that fits: nothing is built, since building runs a stranger's code.
    """
    name = image_name("wheels", python, machine, requirements, *(["whole"] if whole else []))
    folder = cache() / "wheels" / name.partition(":")[2]
    if folder.is_dir():
        return folder
    with lock(name, say):
        if not folder.is_dir():
            say(f"fetching wheels with this machine's pip: {_few(requirements)}")
            _download(python, machine, requirements, folder, ["--no-deps"] if whole else [])
    return folder


def _download(python: str, machine: str, requirements: tuple[str, ...], folder: Path, options: list[str]) -> None:
    # We hold the folder's lock: a partial one was left by a run that was killed.
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        lines = partial / "requirements.txt"
        lines.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        # Debian 12 has glibc 2.36; older pips match these names one by one, the newest first.
        platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)] + [f"manylinux2014_{machine}"]
        command = [sys.executable, "-c", PIP, json.dumps(_markers(python, machine)), "download"]
        command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
        command += [f"--platform={platform}" for platform in platforms]
        command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off", *options]
        command += [f"--dest={partial}", f"--requirement={lines}"]
        log = partial / "log"
        run(
            command,
            log,
            failure=f"pip found no set of wheels for {_few(requirements)}",
            remedy="Only wheels are taken, since building a source package runs a stranger's code here: name a version "
            f"that has one for Python {python}, and check that `pip download` works on this machine.",
        )
        log.unlink()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _few(requirements: tuple[str, ...]) -> str:
    named, more = requirements[:10], len(requirements[10:])
    return ", ".join(named) + (f" and {more} more" if more else "")


def _markers(python: str, machine: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }
