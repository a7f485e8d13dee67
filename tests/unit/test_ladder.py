"""Scripted agents of known order: the scores put them where a reviewer would, and the document says what they are."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each agent is worth more than every agent of the tiers before it.
TIERS = (
    {
        "does nothing",
        "right, but edits the protected tests",
        "right, but breaks payment",
        "special case: the report's own example",
        "null guard",
    },
    {"right in round 1 only"},
    {"right twice, then sure of a wrong refactor"},
    {
        "right, but forgets the standing rules",
        "right, but ten times the budget",
        "right, but bloated",
        "right, but asks everything",
        "right after a complaint each round",
    },
    {"right, asks well", "reference, shape 1", "reference, shape 2"},
)


@pytest.fixture(scope="module")
def ladder():
    spec = importlib.util.spec_from_file_location("ladder", ROOT / "benchmarks" / "ladder.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["ladder"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(ladder):
    from evaluator.task import load_task

    return ladder.scores(load_task(ladder.TASK))


def composites(found, tier):
    return {name: found[name].scores["composite"] for name in tier}


def test_what_nobody_would_merge_is_worth_next_to_nothing(found):
    assert max(composites(found, TIERS[0]).values()) < 5


def test_every_agent_of_the_ladder_is_in_a_tier(found):
    assert set(found) == set().union(*TIERS)


@pytest.mark.parametrize("tier", range(1, len(TIERS)))
def test_each_tier_is_worth_more_than_the_one_below(found, tier):
    assert min(composites(found, TIERS[tier]).values()) > max(composites(found, TIERS[tier - 1]).values())


@pytest.mark.parametrize("name", ["does nothing", "right, but edits the protected tests"])
def test_nothing_and_tampering_are_worth_nothing(found, name):
    assert found[name].scores["composite"] == 0.0
    assert set(found[name].composites.values()) == {0.0}


@pytest.mark.parametrize("name", ["reference, shape 1", "reference, shape 2"])
def test_the_references_have_95_and_nine_tenths_on_every_axis_that_applies(found, name):
    scores = dict(found[name].scores)
    assert scores.pop("composite") >= 95
    assert all(value is None or value >= 0.9 for value in scores.values())
    assert min(found[name].composites.values()) >= 95


@pytest.mark.parametrize(
    ("name", "axis", "most"),
    [
        ("right, but forgets the standing rules", "adaptability", 0.85),
        ("right, but ten times the budget", "efficiency", 0.1),
        ("right, but bloated", "quality", 0.75),
        ("right, but asks everything", "clarification", 0.25),
        ("right twice, then sure of a wrong refactor", "calibration", 0.1),
        ("right in round 1 only", "correctness", 0.3),
    ],
)
def test_each_vice_shows_on_its_own_axis(found, name, axis, most):
    assert found[name].scores[axis] <= most


def test_the_table_in_the_document_is_current(ladder, found):
    document = ladder.DOCUMENT.read_text(encoding="utf-8")
    assert document == ladder.with_table(document, ladder.table(found)), "run benchmarks/ladder.py --write"
