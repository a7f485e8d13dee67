"""A clock that jumps changes no result: durations and deadlines are measured by the one that cannot."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
# Where the time of day is what is meant: the moment a run began or a model was called, to date it.
TIME_OF_DAY = {"evaluator/run/plan.py", "harness/gateway/entry.py"}
JUMPS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.datetime.now", "time.localtime"}
FILES = sorted(path for package in ("evaluator", "harness") for path in (TOP / package).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_nothing_measures_time_by_a_clock_that_can_jump(path):
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    if str(path.relative_to(TOP)) in TIME_OF_DAY:
        assert called & JUMPS
    else:
        assert not called & JUMPS
