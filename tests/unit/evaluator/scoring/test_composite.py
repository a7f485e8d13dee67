"""The one number after the vector."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.scoring.composite import composite, presets

AXES = (
    "correctness", "adaptability", "quality", "recovery", "deployability", "efficiency", "clarification", "calibration",
)  # fmt: skip
vectors = st.fixed_dictionaries({axis: st.none() | st.floats(0, 1) for axis in AXES})


def test_correctness_alone_is_the_whole_composite():
    assert composite({"correctness": 0.6}) == pytest.approx(60)


def test_an_absent_axis_shares_its_weight_and_never_counts_as_one():
    present = {"correctness": 0.8, "quality": 0.4}
    assert composite({**present, "recovery": None}) == composite(present)
    assert composite(present) == pytest.approx(100 * (0.35 * 0.8 + 0.13 * 0.4) / 0.48)


def test_the_rest_counts_only_as_far_as_the_work_is_correct():
    assert composite({"correctness": 0.25, "quality": 1.0}) == pytest.approx(100 * (0.35 * 0.25 + 0.5 * 0.13) / 0.48)
    assert composite({"correctness": 0.0, "quality": 1.0, "efficiency": 1.0}) == 0.0


def test_without_correctness_nothing_else_counts():
    assert composite({"quality": 1.0}) == 0.0


def test_a_gate_leaves_nothing():
    assert composite(dict.fromkeys(AXES, 1.0), gated=True) == 0.0


def test_nothing_measured_is_nothing():
    assert composite({}) == composite(dict.fromkeys(AXES)) == 0.0


def test_everything_right_is_a_hundred():
    assert composite(dict.fromkeys(AXES, 1.0)) == pytest.approx(100)


def test_an_unknown_axis_has_no_weight():
    assert composite({"correctness": 0.5, "beauty": 1.0}) == composite({"correctness": 0.5})


@given(vectors)
def test_it_is_between_0_and_100(scores):
    assert 0.0 <= composite(scores) <= 100.0 + 1e-9


@given(vectors, st.sampled_from(AXES), st.floats(0, 1))
def test_a_better_axis_never_lowers_it(scores, axis, more):
    if scores[axis] is not None:
        assert composite({**scores, axis: max(scores[axis], more)}) >= composite(scores) - 1e-9


@given(vectors, st.randoms())
def test_the_order_of_axes_is_irrelevant(scores, random):
    items = list(scores.items())
    random.shuffle(items)
    assert composite(dict(items)) == pytest.approx(composite(scores))


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_weighs_every_axis_and_sums_to_one(name):
    assert set(presets()[name]) == set(AXES)
    assert sum(presets()[name].values()) == pytest.approx(1.0)


def test_a_tasks_own_weights_replace_the_preset():
    assert composite({"correctness": 0.5, "quality": 1.0}, weights={"quality": 1.0}) == pytest.approx(100)
    assert composite({"correctness": 0.5, "quality": 1.0}, weights={"correctness": 1.0}) == pytest.approx(50)
