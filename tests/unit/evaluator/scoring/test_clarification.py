"""Clarification by hand, and what nobody gains by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.clarification import clarification

WELL = [("cap", False), ("unit", False)]
questions = st.lists(st.tuples(st.sampled_from(["cap", "unit", "colour", None]), st.booleans()), max_size=12)


def asked(world, *pairs, tries=((True, True),)):
    return clarification(world.trial(world.round(1, tries, asked=list(pairs))))


def test_asking_for_what_is_needed_before_beginning_is_one(world):
    assert asked(world, *WELL).value == 1.0


def test_who_needed_no_question_is_not_judged(world):
    assert asked(world).value is None


def test_who_never_asks_and_is_wrong_gets_nothing(world):
    assert asked(world, tries=((False, True),)).value == 0.0
    assert clarification(world.nothing()).value == 0.0


def test_facts_count_by_their_value_and_late_ones_half(world):
    assert asked(world, ("cap", False)).parts["recall"] == pytest.approx(2 / 3)
    assert asked(world, ("cap", True)).parts["recall"] == pytest.approx(1 / 3)
    assert asked(world, ("cap", None)).parts["recall"] == pytest.approx(1 / 3), "not known to be early"


def test_a_task_without_necessary_facts_needs_no_questions(world, tally):
    from dataclasses import replace

    task = replace(world.task, facts=world.task.facts[2:])
    assert clarification(world.trial(world.round(1, asked=[("colour", False)]), task=task)).value is None


def test_needless_questions_in_clear_twins_count_against_it(world):
    evidence = world.trial(world.round(1, asked=WELL))
    assert clarification(evidence, 0.25).value == 0.75
    assert clarification(evidence, 1.0).value == 0.0


@given(questions, st.sampled_from([("cap", True), ("cap", False), (None, False)]))
def test_padding_never_pays(world, pairs, more):
    score, parts = asked(world, *pairs, tries=((False, True),)), None
    again = next((pair for pair in pairs if pair[0]), (None, False))
    for padding in ((None, False), again):
        parts = asked(world, *pairs, padding, tries=((False, True),))
        assert parts.value <= score.value + 1e-12
    assert 0 <= score.value <= 1


def test_asking_everything_is_worth_less_than_asking_well(world):
    everything = [*WELL, ("colour", False), *((None, False),) * 20]
    assert asked(world, *everything).value < 0.25 < asked(world, *WELL).value
