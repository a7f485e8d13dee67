"""Efficiency by hand, and what nobody gains by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.efficiency import efficiency, thrift

CHEAP = {"calls": 5, "input_tokens": 500, "output_tokens": 100, "dollars": 0.5}


def test_within_the_target_everything_is_one(world):
    score = efficiency(world.good(usage=CHEAP))
    assert score.value == 1.0
    assert score.parts == dict.fromkeys(("turns", "tokens", "dollars", "wall_s"), 1.0)


def test_what_was_not_metered_is_absent(world):
    assert efficiency(world.good()).parts == {"turns": None, "tokens": None, "dollars": None, "wall_s": 1.0}
    unpriced = efficiency(world.good(usage={**CHEAP, "dollars": None}))
    assert unpriced.parts["dollars"] is None
    assert unpriced.parts["tokens"] == 1.0


def test_without_targets_the_axis_is_absent(world, tally):
    assert efficiency(world.trial(world.round(1), task=tally)).value is None


def test_the_cheapest_failure_earns_nothing(world):
    assert efficiency(world.nothing(usage={"calls": 0, "dollars": 0.0})).value == 0.0


def test_halfway_between_target_and_cap_in_doublings_is_a_half():
    assert thrift(10**0.5, 1, 10) == pytest.approx(0.5)
    assert (thrift(0, 1, 10), thrift(1, 1, 10), thrift(10, 1, 10), thrift(99, 1, 10)) == (1, 1, 0, 0)


def test_calls_that_carry_no_work_are_no_turns(world):
    busy = efficiency(world.good(usage={**CHEAP, "calls": 30, "auxiliary": 25}))
    assert busy.parts["turns"] == 1.0


def test_ten_times_the_budget_is_the_cap(world):
    wasteful = {name: value * 20 for name, value in CHEAP.items()}
    score = efficiency(world.good(usage=wasteful))
    assert score.parts["turns"] == score.parts["tokens"] == score.parts["dollars"] == 0.0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.1, 100), st.floats(1.1, 100))
def test_spending_more_never_pays(less, more, target, factor):
    low, high = sorted((less, more))
    assert 0 <= thrift(high, target, target * factor) <= thrift(low, target, target * factor) <= 1


def test_stopping_early_gains_nothing(world):
    full = efficiency(world.good(usage={**CHEAP, "calls": 20}))
    rounds = [world.round(1, usage=CHEAP), *(world.round(n, ((True, False),), usage=CHEAP) for n in (2, 3))]
    assert efficiency(world.trial(*rounds)).value < full.value
