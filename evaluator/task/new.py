"""Begins a task: the smallest whole one, renamed, with a sentence in each file on what belongs there."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from evaluator.task.model import TaskError

SMALLEST = Path(__file__).parent / "smallest" / "tally"
MARK = "FINISH:"

_SENTENCES = {
    "README.md": "the story, the root cause two modules away from the symptom, why a shallow fix fails.",
    "task.toml": "title, domain, difficulty, summary, how it runs, deadlines, and targets and caps with a reason.",
    "facts.toml": "what the reporter knows when asked, each with questions that people would really ask.",
    "constraints.toml": "three to six standing rules, said once in round 1; a hidden test watches each in every round.",
    "conftest.py": "fixtures that hidden tests share; they see the work through `subject` alone.",
    "repo/README.md": "the contract: routes, commands, formats. Hidden tests may use nothing that it does not state.",
    "base/test_total.py": "what is true at the seed and must stay true for ever; one file is one group.",
    "constraints/test_no_floats.py": "one probe a rule; it is run in every round.",
    "rounds/1-fix/report.md": "what a user saw, in the user's words: partial, a little wrong, no names of code.",
    "rounds/1-fix/clear.md": "the same request, well specified.",
    "rounds/1-fix/complaints.toml": "what the user says when a group is still red, in symptoms, never in code.",
    "rounds/1-fix/tests/test_negative.py": "the report's own example, and properties that a shallow fix "
    "breaks. Then solution.patch, a second shape, and in wrong/ the guard, the revert and the special case.",
    "rounds/2-feature/report.md": "a feature that leans on what the fix touched.",
    "rounds/2-feature/clear.md": "the same request, well specified.",
    "rounds/2-feature/complaints.toml": "as in round 1.",
    "rounds/2-feature/tests/test_history.py": "the feature by its contract, so that any sound design passes.",
    "rounds/3-refactor/report.md": "an aim that a structural or counted test can see; doing nothing must be red.",
    "rounds/3-refactor/clear.md": "the same request, well specified.",
    "rounds/3-refactor/complaints.toml": "as in round 1.",
    "rounds/3-refactor/tests/test_structure.py": "the aim, seen by structure or by counting, never by a clock.",
}


def new_task(folder: Path, owners: Sequence[str]) -> Path:
    """Write a task that works but is not yours into `folder`, which must not exist. Raises `TaskError`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", folder.name):
        raise TaskError(f"`{folder.name}`: a task's name is made of small letters, digits and dashes.")
    if folder.exists():
        raise TaskError(f"{folder} exists already. Choose another name, or another folder with --into.")
    shutil.copytree(SMALLEST, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    manifest = folder / "task.toml"
    text = manifest.read_text(encoding="utf-8").partition("\n")[2]  # its first line says that it is only a test
    own = {"id": folder.name, "owners": list(owners), "canary": f"relaybench-canary-{uuid.uuid4()}"}
    for key, value in own.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {json.dumps(value)}", text)
    manifest.write_text(text, encoding="utf-8")
    for name, sentence in _SENTENCES.items():
        path = folder / name
        comment = "" if path.suffix == ".md" else "# "
        path.write_text(f"{comment}{MARK} {sentence}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    return folder


def unfinished(folder: Path) -> list[str]:
    """Lines that still say what belongs in their place, as "file:line: sentence"."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
            if MARK in line:
                sentence = line.partition(MARK)[2].strip()
                found.append(f"{path.relative_to(folder).as_posix()}:{number}: {sentence}")
    return found
