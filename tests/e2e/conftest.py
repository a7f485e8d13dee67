"""What end-to-end tests share: the real command in a folder of its own, and what it owns on the engine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("relaybench")
TALLY = Path(__file__).parents[2] / "evaluator/task/smallest/tally"


@pytest.fixture(scope="session")
def start():
    """Starts the command: `start(folder, "run", ...)` is its process."""

    def started(folder, *arguments, stderr=subprocess.PIPE, **options):
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=stderr, text=True, start_new_session=True, **options,
        )  # fmt: skip

    return started


@pytest.fixture(scope="session")
def relaybench(start):
    """Runs the command to its end: (exit status, standard output, standard error)."""

    def run(folder, *arguments, timeout=150, **options):
        with start(folder, *arguments, **options) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert "Traceback" not in out + err
        assert "nobody foresaw" not in err
        return process.returncode, out, err

    return run


@pytest.fixture(scope="session")
def owned(engine):
    """What a process has on the engine: names of containers and volumes."""

    def found(process):
        mine = {"label": "relaybench"}
        containers = engine.containers(all=True, filters=mine)
        volumes = engine.volumes(filters=mine)["Volumes"] or []
        return [
            f"{labels['relaybench.role']} {name}"
            for name, labels in [
                *((box["Id"][:12], box["Labels"]) for box in containers),
                *((volume["Name"], volume["Labels"]) for volume in volumes),
            ]
            if labels.get("relaybench.owner", "").split(":")[-2:-1] == [str(process.pid)]
        ]

    return found


@pytest.fixture(scope="session")
def tally_folder():
    """The smallest whole task's folder."""
    return TALLY


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The smallest task's first round alone: a trial of it takes a second or two."""
    folder = tmp_path_factory.mktemp("tasks") / "small"
    shutil.copytree(TALLY, folder, ignore=shutil.ignore_patterns("[23]-*", "mutants"))
    text = (folder / "task.toml").read_text().replace('id = "tally"', 'id = "small"')
    (folder / "task.toml").write_text(text[: text.index("[rounds.2]")])
    facts = (folder / "facts.toml").read_text()
    (folder / "facts.toml").write_text(facts[: facts.rindex("[[fact]]")])
    return folder


@pytest.fixture(scope="session")
def one_paragraph():
    """Whether a text is one paragraph for people: some words, no traceback, no blank line in it."""

    def is_one(text):
        return bool(re.search(r"\w+ \w+ \w+", text)) and "Traceback" not in text and "\n\n" not in text.strip()

    return is_one
