"""Recovery by hand, and what nobody gains by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.recovery import recovery

RED, HALF, GREEN = (False, False), (False, True), (True, True)
STUCK = ("command", "make", False)


def test_nothing_was_red_so_there_is_nothing_to_recover_from(world):
    assert recovery(world.good()).value is None


def test_nothing_done_is_nothing_however_few_actions_repeat(world):
    assert recovery(world.nothing()).value == 0.0
    assert recovery(world.nothing(actions=[("other", "sleep", True)])).value == 0.0


def test_what_was_mended_counts_by_weight_over_all_rounds(world):
    score = recovery(world.trial(world.round(1, (RED, GREEN)), world.round(2, (RED, HALF))))
    assert score.parts["mended"] == 0.75
    assert score.value == 0.75


def test_mending_one_thing_and_breaking_another_is_no_recovery(world):
    careful = world.trial(world.round(1, (RED, GREEN), old={1: [True] * 7, 2: [True] * 7}))
    careless = world.trial(world.round(1, (RED, GREEN), old={1: [True] * 7, 2: [True] * 6 + [False]}))
    assert recovery(careful).value == 1.0
    assert recovery(careless).value == pytest.approx(1 - 5 / 8)


def test_injected_faults_count_a_quarter_beside_what_was_mended(world):
    only = world.trial(world.round(1, faults=[True, False]))
    both = world.trial(world.round(1, (RED, GREEN), faults=[False, False]))
    assert recovery(only).value == 0.5
    assert recovery(both).value == pytest.approx(0.75)


def test_running_into_the_same_wall_costs_a_fifth_at_most(world):
    def score(times):
        return recovery(world.trial(world.round(1, (RED, GREEN), actions=[STUCK] * times))).value

    assert score(2) == 1.0
    assert score(7) == pytest.approx(0.9)
    assert score(12) == score(50) == pytest.approx(0.8)


@given(st.lists(st.sampled_from([RED, HALF, GREEN]), min_size=1, max_size=4), st.integers(0, 20))
def test_it_is_a_share_or_absent_and_repeats_never_raise_it(world, tries, times):
    value = recovery(world.trial(world.round(1, tuple(tries), actions=[STUCK] * times))).value
    calm = recovery(world.trial(world.round(1, tuple(tries), actions=[STUCK]))).value
    assert value is None or 0 <= value <= calm <= 1
