"""Survival over rounds: the plain share for equal lengths, censored where a task ends early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.stats.survival import survival


def test_a_chain_counts_as_far_as_its_first_red_round():
    assert survival([[True, True, True], [True, False, True], [False, True, True], [True, True, False]]) == [
        0.75,
        0.5,
        0.25,
    ]


def test_a_task_that_ends_early_does_not_lift_the_curve():
    """Nine short green chains and one long one that fails late: 0 of 1 at risk in round 3."""
    assert survival([[True, True]] * 9 + [[True, True, False]]) == [1.0, 1.0, 0.0]
    assert survival([[False, False], [True, True, True]]) == [0.5, 0.5, 0.5]


def test_kaplan_and_meier_by_hand():
    chains = [[True], [True, True], [True, False], [True, True, True], [False], [True, True, False]]
    assert survival(chains) == pytest.approx([5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4 * 1 / 2])


def test_nothing_played_is_no_curve():
    assert survival([]) == []


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=5), max_size=12))
def test_it_never_rises_and_is_a_share(chains):
    curve = survival(chains)
    assert all(0 <= later <= earlier <= 1 for earlier, later in zip([1.0, *curve], curve, strict=False))


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=12))
def test_with_equal_lengths_it_is_the_share_of_unbroken_chains(chains):
    shares = [sum(all(chain[:r]) for chain in chains) / len(chains) for r in (1, 2, 3)]
    assert survival(chains) == pytest.approx(shares)
