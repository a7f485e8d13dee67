"""The ladder's stored evidence is what boxes say today: two of its agents, graded again."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from evaluator.task import load_task
from evaluator.trial.grading import Bench

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ladder():
    spec = importlib.util.spec_from_file_location("ladder", ROOT / "benchmarks" / "ladder.py")
    module = sys.modules["ladder"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["null guard", "right, but forgets the standing rules"])
def test_grading_a_first_round_again_says_the_same(ladder, host, name):
    task = load_task(ladder.TASK)
    script = next(one for one in ladder.scripts(task) if one.name == name)
    stored = json.loads(ladder.EVIDENCE.read_text())["agents"][name]["grades"]["1"][0]
    image = host.image(task.manifest.language, task.requirements, print)
    with Bench(host, print) as bench:
        grade = bench.grade(task, image, script.works[0][0], 1)

    def verdicts(groups):
        return {group: result["passed"] for group, result in groups.items()}

    again = grade.model_dump(mode="json")
    assert verdicts(again["groups"]) == verdicts(stored["groups"])
    assert verdicts(again["probes"]) == verdicts(stored["probes"])
