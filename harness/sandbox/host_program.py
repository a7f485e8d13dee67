"""What a bubblewrap box has of a language besides Python: this machine's own node or go, and what was made for it.

It is put into the prepared folder (`host_image.py`), which comes first on a box's PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.errors import ImageError
from harness.sandbox.images.base import GO_SETUP, Language
from harness.sandbox.images.workshop import Say, run

# Asked of the program itself, since what is on a PATH may be a link or a script: where it really is, and its version.
_ASK = {
    "node": ["--print", "process.execPath + '\\n' + process.versions.node"],
    "go": ["env", "GOROOT", "GOVERSION"],
}
_OLDEST = {"node": (18,), "go": (1, 19)}


@dataclass(frozen=True)
class Program:
    """A program of this machine. `path` is its one file (node), or the folder that holds all of it (go)."""

    name: str
    path: str
    version: str


def find_program(language: Language) -> Program | None:
    """The machine's program for a language; None for Python, which is looked for elsewhere. Raises `ImageError`."""
    name = language.program
    if not name:
        return None
    found = "none is on the PATH"
    if program := shutil.which(name):
        done = subprocess.run([program, *_ASK[name]], capture_output=True, text=True, timeout=30, check=False)
        path, _, version = done.stdout.strip().removeprefix("\n").partition("\n")
        version = version.removeprefix("go")
        if done.returncode == 0 and _numbers(version) >= _OLDEST[name]:
            return Program(name, str(Path(path).resolve()), version)
        found = f"{program} is {version}" if version else f"{program} does not say what it is"
    raise ImageError(f"bubblewrap boxes use this machine's own `{name}`: {found}; {language.remedy}.")


def folders(program: Program) -> tuple[str, ...]:
    """What of a program boxes must see where it lies."""
    return (program.path,) if program.name == "go" else ()


def put(program: Program, language: Language, site: Path, place: str, say: Say) -> Mapping[str, str]:
    """Put a program into the folder `site`, which boxes see at `place`; variables for boxes. Raises `ImageError`."""
    if program.name == "go":
        say("compiling Go's standard library, for boxes")
        for name in ("go", "gofmt"):
            (site / "bin" / name).symlink_to(Path(program.path, "bin", name))
        _compile_library(Path(program.path), site / "lib" / "go", site / "log", language)
        return {**dict(language.env), "GOROOT": f"{place}/lib/go"}
    path, own = Path(program.path), site / "bin" / program.name
    if path.is_relative_to("/usr") and not path.is_relative_to("/usr/local"):
        own.symlink_to(path)
    else:  # a box has none of the folders around it, which could be somebody's home
        shutil.copyfile(path, own)
        own.chmod(0o755)
    return dict(language.env)


def _compile_library(root: Path, ours: Path, log: Path, language: Language) -> None:
    """A GOROOT that is the machine's, but with a compiled library: `root` belongs to others, and may have none."""
    (ours / "pkg").mkdir(parents=True)
    for entry in (*root.iterdir(), *(root / "pkg").iterdir()):
        if entry.name != "pkg" and not entry.name.startswith("linux_"):
            (ours / entry.relative_to(root)).symlink_to(entry.resolve())
    run(
        ["sh", "-euc", GO_SETUP],
        log,
        failure=f"{root}/bin/go could not compile its own library",
        remedy=f"{language.remedy[0].upper()}{language.remedy[1:]}.",
        env={**dict(language.env), "GOROOT": str(ours), "PATH": f"{root}/bin:{os.environ['PATH']}"},
    )
    log.unlink()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
