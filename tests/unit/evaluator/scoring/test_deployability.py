"""Deployability by hand, and what nobody gains by."""

import math
from dataclasses import replace

import pytest

from evaluator.scoring.deployability import deployability, percentile

QUICK = {"calls": 1, "first_reply_s": (0.5, 1.0)}


def test_right_in_time_and_answering_is_one(world):
    score = deployability(world.good(usage=QUICK))
    assert score.value == 1.0
    assert set(score.parts.values()) == {1.0}


def test_doing_nothing_at_once_is_not_deployable(world):
    assert deployability(world.nothing(usage=QUICK)).value == 0.0


def test_without_a_metered_model_only_deadline_and_start_count(world):
    parts = deployability(world.good()).parts
    assert (parts["latency"], parts["budget"]) == (None, None)


def test_a_round_at_its_deadline_loses_that_part(world):
    late = world.trial(world.round(1, late=True), world.round(2), world.round(3))
    assert deployability(late).value == pytest.approx((0.5 + 1 + 1) / 3)


def test_slow_replies_and_a_cap_that_ended_a_turn_cost(world):
    slow = deployability(world.good(usage={"first_reply_s": (100.0,), "limit_hit": "tokens"}))
    assert (slow.parts["latency"], slow.parts["budget"]) == (0.0, 0.0)
    assert slow.value == 0.5


def test_leaving_a_round_unsolved_gains_nothing(world):
    lazy = world.trial(world.round(1), world.round(2), world.round(3, ((True, False),)))
    assert deployability(lazy).value < deployability(world.good()).value


def test_percentiles_are_by_nearest_rank():
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile(list(map(float, range(1, 101))), 0.95) == 95.0


def test_the_profile_says_what_a_slow_reply_is(world):
    trial = world.good(usage={"first_reply_s": (8.0,)})
    assert deployability(trial).parts["latency"] == 1.0
    assert deployability(replace(trial, reply_s=2.0)).parts["latency"] == pytest.approx(1 - math.log10(4))
