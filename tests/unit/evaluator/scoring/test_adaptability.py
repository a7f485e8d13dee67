"""Adaptability by hand, and what nobody gains by."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.adaptability import adaptability

greens = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=3, max_size=3)


def test_everything_right_is_one(world):
    assert adaptability(world.good()).value == 1.0


def test_nothing_done_is_nothing(world):
    assert adaptability(world.nothing()).value == 0.0


def test_a_task_of_one_round_has_nothing_to_adapt_to(world):
    task = replace(world.task, rounds=world.task.rounds[:1])
    assert adaptability(world.trial(world.round(1), task=task)).value is None


def test_a_forgotten_rule_costs_its_share(world):
    kept = adaptability(world.good())
    forgot = adaptability(world.good(rules=False))
    assert (forgot.parts["carry"], forgot.parts["rules"]) == (1.0, 0.0)
    assert forgot.value == pytest.approx(0.5 / 0.8)
    assert forgot.value < kept.value


def test_what_the_agent_cannot_do_from_a_clean_start_is_not_held_against_its_state(world):
    half = world.trial(world.round(1), world.round(2), world.round(3, ((False, True),)))
    assert adaptability(half).parts["carry"] == 0.5
    assert adaptability(half, {2: True, 3: False}).parts["carry"] == 1.0
    assert adaptability(half, {2: True, 3: True}).parts["carry"] == 0.5
    assert adaptability(half, {2: False, 3: False}).parts["carry"] == 0.5, "a control that solves nothing says nothing"


def test_revised_requirements_count_where_a_round_retires_something(world):
    rounds = world.task.rounds
    retiring = replace(rounds[1], entry=rounds[1].entry.model_copy(update={"retires": ("1-0",)}))
    task = replace(world.task, rounds=(rounds[0], retiring, rounds[2]))
    score = adaptability(world.trial(world.round(1), world.round(2, ((True, False),)), world.round(3), task=task))
    assert score.parts["change"] == 0.5


@given(greens)
def test_it_is_a_share_and_more_green_never_lowers_it(world, tries):
    def score(all_tries):
        return adaptability(world.trial(*(world.round(n, (new,)) for n, new in enumerate(all_tries, 1)))).value

    assert 0 <= score(tries) <= 1
    better = [(True, new[1]) for new in tries]
    assert score(better) >= score(tries) - 1e-12


def test_leaving_a_round_out_gains_nothing(world):
    assert adaptability(world.trial(world.round(1), world.round(2))).value < adaptability(world.good()).value
