"""New lint findings in Python, by ruff, which only parses. Neither the agent's configuration nor its `noqa` counts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

RULES = "E4,E7,E9,F,B,SIM,RET,PIE,PLE,PLW,C4"
TIMEOUT_S = 20


def lint_growth(before: Mapping[str, str], after: Mapping[str, str]) -> int | None:
    """How many more findings ruff has in `after` than in `before`; None where there is no ruff.

    Raises `ValueError` when ruff does not survive them.
    """
    sides = [[text for path, text in files.items() if path.endswith(".py")] for files in (before, after)]
    program = shutil.which("ruff", path=sysconfig.get_path("scripts")) or shutil.which("ruff")
    if program is None:
        return None
    if not any(sides):
        return 0
    with tempfile.TemporaryDirectory(prefix="relaybench-lint-") as folder:
        for side, texts in enumerate(sides):
            for number, text in enumerate(texts):  # no name of the agent's becomes a path here
                place = Path(folder) / f"{side}_{number}.py"
                place.write_text(text, encoding="utf-8", errors="replace")
        command = [program, "check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--quiet"]
        command += ["--target-version=py311", f"--select={RULES}", "--output-format=json", folder]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True, cwd=folder)
            found = [Path(finding["filename"]).name[0] for finding in json.loads(done.stdout)]
        except (subprocess.SubprocessError, ValueError) as error:
            raise ValueError(f"ruff cannot read it: {type(error).__name__}") from error
    return found.count("1") - found.count("0")
