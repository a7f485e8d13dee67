"""Calibration by hand, and what nobody gains by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.calibration import calibration

RIGHT, WRONG = ((True, True),), ((False, True),)
chances = st.floats(0, 1)


def stated(world, *pairs):
    """Pairs of (right, statement), one a round."""
    return calibration(
        world.trial(
            *(world.round(n, RIGHT if right else WRONG, said=[said]) for n, (right, said) in enumerate(pairs, 1))
        )
    )


def sure(p):
    return {"confidence": p}


def test_never_stated_is_absent(world):
    assert calibration(world.good()).value is None
    assert calibration(world.nothing()).value is None
    assert stated(world, (True, {"summary": "done"})).value is None


def test_right_and_sure_is_one_wrong_and_sure_is_nothing(world):
    assert stated(world, (True, sure(1.0))).value == 1.0
    assert stated(world, (False, sure(1.0))).value == 0.0


def test_silence_beside_a_statement_is_a_hedge(world):
    spoke = stated(world, (True, sure(1.0)), (True, None))
    assert spoke.parts["brier"] == 0.125
    assert spoke.value < stated(world, (True, sure(1.0)), (True, sure(1.0))).value


def test_an_abstention_wins_nothing_and_loses_nothing(world):
    assert stated(world, (True, {"abstain": True})).value == 0.0
    assert stated(world, (True, sure(1.0)), (False, {"abstain": True})).parts["utility"] == 0.5


@given(chances, chances)
def test_sound_caution_beats_confident_error(world, low, high):
    low, high = low * 0.4, 0.6 + high * 0.4
    careful = stated(world, (True, sure(0.9)), (True, sure(0.9)), (False, {"abstain": True, "confidence": low}))
    bold = stated(world, (True, sure(0.9)), (True, sure(0.9)), (False, sure(high)))
    assert careful.value > bold.value


@given(st.lists(st.tuples(st.booleans(), chances), min_size=1, max_size=3))
def test_it_is_a_share_and_hedging_never_pays(world, pairs):
    value = stated(world, *((right, sure(p)) for right, p in pairs)).value
    honest = stated(world, *((right, sure(1.0 if right else 0.0)) for right, p in pairs)).value
    hedged = stated(world, *((right, sure(0.5)) for right, p in pairs))
    assert 0 <= value <= honest + 1e-12
    assert hedged.parts["brier"] == pytest.approx(0.25)
    assert hedged.value <= 0.4
    silent = stated(world, *((right, {"abstain": True}) for right, p in pairs))
    assert silent.value == 0.0
