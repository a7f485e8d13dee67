"""Recorded work, graded anew: the same verdicts."""

import pytest

from evaluator.run.folder import read_results
from evaluator.run.run import Request, run

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


class Quiet:
    def planned(self, *_): ...
    def say(self, *_): ...
    def began(self, *_): ...
    def metered(self, *_): ...
    def event(self, *_): ...
    def ended(self, *_): ...


def verdicts(path):
    (result,) = read_results(path)
    return [(one.strict, one.correctness, one.hand_ins, one.groups) for one in result.rounds]


def test_a_replayed_trial_is_judged_as_it_was(tally, tmp_path):
    asked = {"tasks": (str(tally.folder),), "sandbox": "docker", "own_tests": False}
    first, _ = run(Request(("reference",), run_dir=tmp_path / "first", **asked), Quiet())
    recorded = f"replay:{first / 'trials' / 'reference--tally--1'}"
    again, _ = run(Request((recorded,), run_dir=tmp_path / "again", **asked), Quiet())
    assert verdicts(again) == verdicts(first)
    assert [strict for strict, *_ in verdicts(again)] == [True] * 3
