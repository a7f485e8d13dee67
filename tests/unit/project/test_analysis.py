"""docs/analysis.md does what it says: its commands and snippets are run as they stand, and print what it shows."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
PAGE = TOP / "docs" / "analysis.md"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which the page's commands work: a checkout's benchmarks, and this Python first."""
    (tmp_path / "benchmarks").symlink_to(TOP / "benchmarks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_every_snippet_prints_what_the_page_shows(folder):
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    commands = [text for kind, text in blocks if kind == "sh"]
    for line in commands[1].splitlines():  # those of the walk; the first are of runs of the reader's own
        subprocess.run(shlex.split(line), check=True, timeout=100)
    names: dict[str, object] = {}
    printed, shown = [], [text for kind, text in blocks if kind == "text"]
    for kind, text in blocks:
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, str(PAGE), "exec"), names)
            printed.append(_plain(out.getvalue()))
    assert printed == [_plain(text) for text in shown]
    assert len(printed) >= 8


def _plain(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
