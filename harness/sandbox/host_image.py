"""What a bubblewrap box has in place of an image: the host's own programs, and a folder with a task's packages.

The folder is a virtual environment made for the place where boxes see it (`Site.place`), so that `python3` in a box is
this interpreter with these packages and none of the host's. It is named after everything that goes into it, kept in
the cache, and there whole or not at all.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.sandbox.errors import ImageError
from harness.sandbox.host_program import Program, find_program, folders, put
from harness.sandbox.images import LANGUAGES
from harness.sandbox.images.ensure import requirement_lines
from harness.sandbox.images.workshop import Say, cache, image_name, lock, run

ASK_REPORTER = Path(__file__).parents[1] / "inside" / "ask_reporter.py"
_LAYOUT = 4  # of the folder; a new number makes new folders
_OLDEST = (3, 11)
_FACTS = "site.json"
_TELL = """
import json, os, sys
print(json.dumps([os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3], sys.base_prefix]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A python3 of this machine: its real file, its version, and the folder that holds all of it."""

    executable: str
    version: str
    prefix: str


@dataclass(frozen=True)
class Site:
    """A prepared folder and the interpreter it was made for; `place` is where boxes see it.

    `prefixes` are folders of this machine that boxes need as well, `env` what is set in them.
    """

    folder: Path
    interpreter: Interpreter
    place: str
    prefixes: tuple[str, ...]
    env: Mapping[str, str]


def ensure_site(language: str, requirements: tuple[str, ...], say: Say) -> Site:
    """The folder for a language and lines of a pip requirements file, made on first use. Raises `ImageError`."""
    if language not in LANGUAGES:
        raise ImageError(f"No box is known for language {language!r}; one of: {', '.join(sorted(LANGUAGES))}.")
    lines = requirement_lines(requirements, language)
    interpreter = find_interpreter(LANGUAGES[language].python)
    program = find_program(LANGUAGES[language])
    # Whatever is found of this machine goes into the name: a newer python3 or node makes a new folder.
    parts = (language, asdict(interpreter), program and asdict(program), os.uname().machine, lines)
    name = image_name("site", _LAYOUT, *parts, ASK_REPORTER.read_bytes())
    folder = cache() / "site" / name.partition(":")[2]
    if not folder.is_dir():
        with lock(name, say):
            if not folder.is_dir():
                if not interpreter.version.startswith(f"{LANGUAGES[language].python}."):
                    say(f"boxes here have Python {interpreter.version}; images have {LANGUAGES[language].python}")
                _make(folder, language, interpreter, program, lines, say)
    return find_site(folder.name)


def find_site(name: str) -> Site:
    """The folder that `ensure_site` made under this name. Raises `ImageError`."""
    folder = cache() / "site" / Path(name).name
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return Site(folder, Interpreter(**facts["interpreter"]), facts["place"], (*facts["prefixes"],), facts["env"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ImageError(f"There is no prepared folder {name!r} for bubblewrap boxes in {cache()}.") from error


def find_interpreter(wanted: str) -> Interpreter:
    """The machine's python3, of version `wanted` if there is one, else one new enough. Raises `ImageError`."""
    candidates = [f"/usr/bin/python{wanted}", "/usr/bin/python3", getattr(sys, "_base_executable", sys.executable)]
    found = [_look(path) for path in candidates if Path(path).exists()]
    usable = [one for one in found if one and _numbers(one.version) >= _OLDEST]
    if not usable:
        raise ImageError(
            "No python3 of version 3.11 or newer was found for boxes; `apt-get install python3` is enough."
        )
    return next((one for one in usable if one.version.startswith(f"{wanted}.")), usable[0])


def _look(path: str) -> Interpreter | None:
    done = subprocess.run([path, "-I", "-S", "-c", _TELL], capture_output=True, timeout=30, check=False)
    return Interpreter(*json.loads(done.stdout)) if done.returncode == 0 else None


def _make(
    folder: Path, language: str, interpreter: Interpreter, program: Program | None, lines: tuple[str, ...], say: Say
) -> None:
    # We hold the folder's lock: a partial one was left by a run that was killed.
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    prefixes = [interpreter.prefix, *(folders(program) if program else ())]
    place = _place(prefixes)
    try:
        (partial / "bin").mkdir(parents=True)
        short = ".".join(interpreter.version.split(".")[:2])
        for name in ("python3", "python", f"python{short}"):
            (partial / "bin" / name).symlink_to(interpreter.executable)
        packages = partial / "lib" / f"python{short}" / "site-packages"
        packages.mkdir(parents=True)
        home = Path(interpreter.executable).parent
        (partial / "pyvenv.cfg").write_text(
            f"home = {home}\ninclude-system-site-packages = false\nversion = {interpreter.version}\n", encoding="utf-8"
        )
        if lines:
            say(f"installing with this machine's pip, for boxes: {', '.join(lines)}")
            _install(partial, interpreter, place, lines)
        env = put(program, LANGUAGES[language], partial, place, say) if program else {}
        ask = partial / "bin" / "ask-reporter"
        ask.write_bytes(ASK_REPORTER.read_bytes())
        ask.chmod(0o755)
        outside = [prefix for prefix in prefixes if not Path(prefix).is_relative_to("/usr")]
        facts = {"interpreter": asdict(interpreter), "place": place, "prefixes": outside, "env": env}
        (partial / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
        _everyone_may_read(partial)
        partial.rename(folder)
    except OSError as error:
        raise ImageError(f"Could not write {partial}: {error}. XDG_CACHE_HOME chooses another folder.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _install(site: Path, interpreter: Interpreter, place: str, lines: tuple[str, ...]) -> None:
    wanted, log = site / "requirements.txt", site / "log"
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pip = [sys.executable if importlib.util.find_spec("pip") else interpreter.executable, "-m", "pip"]
    options = ["--only-binary=:all:", "--ignore-installed", "--no-input", "--quiet", "--disable-pip-version-check"]
    run(
        [*pip, "--python", str(site / "bin" / "python3"), "install", *options, "--requirement", str(wanted)],
        log,
        failure=f"pip could not install {', '.join(lines)} for Python {interpreter.version}",
        remedy="Only wheels are taken, since building a source package runs a stranger's code here; check that "
        "`python3 -m pip download` works on this machine.",
    )  # fmt: skip
    log.unlink()
    wanted.unlink()
    line = f"#!{place}/bin/python3\n".encode()
    for script in (site / "bin").iterdir():  # their first lines name the folder's place of today
        if not script.is_symlink() and script.read_bytes().startswith(b"#!"):
            script.write_bytes(line + script.read_bytes().partition(b"\n")[2])


def _place(prefixes: list[str]) -> str:
    """/usr/local, where everything looks first, unless a program itself lives there."""
    inside = any(Path(prefix).is_relative_to("/usr/local") for prefix in prefixes)
    return "/opt/site" if inside else "/usr/local"


def _everyone_may_read(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(0o755)
        for path in (Path(parent, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
