"""Every task of the catalogue, in both kinds of box: the reference solves it without a flag, doing nothing does not.

`relaybench task check` proves much more and takes minutes; this is what a change to relaybench itself could break.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.task import find_tasks

COMMAND = Path(sys.executable).with_name("relaybench")
REPOS = Path(__file__).parents[2] / "task_repos"
KINDS = [pytest.param("docker", marks=pytest.mark.engine), pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)]

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("folder", find_tasks(REPOS), ids=lambda folder: folder.name)
def test_the_reference_solves(folder, kind, box_kind, tmp_path):
    box_kind(kind)
    command = [COMMAND, "run", "--agent", "reference", "--task", folder, "--sandbox", kind, "--run-dir", "out"]
    if kind == "bubblewrap":  # the reference's own tests are most of the time, and judged alike in either kind
        command.append("--no-own-tests")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads((tmp_path / f"out/trials/reference--{folder.name}--1/result.json").read_text())
    assert [round_["strict"] for round_ in result["rounds"]] == [True, True, True]
    assert (result["flags"], result["scores"]["correctness"]) == ([], 1.0)
    present = [value for axis, value in result["scores"].items() if axis != "composite" and value is not None]
    assert min(present) >= 0.9, result["scores"]
    assert result["scores"]["composite"] >= 95
