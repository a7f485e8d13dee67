"""Quality by hand, and what nobody gains by."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import Measures
from evaluator.scoring.quality.score import quality

GOOD = {"files": ("tests/test_a.py",), "red_at_start": True, "green_on_own": True, "green_on_reference": True}
KILLS = {"mutants": 8, "killed": 6, "reference_killed": 6}
measures = st.builds(
    Measures,
    changed_tokens=st.integers(1, 5000), outside_tokens=st.just(0), decisions=st.integers(-50, 200),
    erosion=st.floats(-100, 500), clones=st.integers(-100, 2000), lint=st.none() | st.integers(-5, 50),
    api=st.just({"f": True}),
)  # fmt: skip


def of(world, measures, tries=((True, True),), number=1, **more):
    return quality(world.trial(world.round(number, tries, measures=measures, **more)), world.reference)


def all_rounds(world, measures, **more):
    return quality(world.trial(*(world.round(n, measures=measures, **more) for n in (1, 2, 3))), world.reference)


def test_the_reference_is_one(world):
    assert all_rounds(world, world.shape).value == 1.0
    assert all_rounds(world, world.shape, own_tests={**GOOD, **KILLS}).value == 1.0


def test_nothing_done_is_nothing(world):
    assert quality(world.nothing(), world.reference).value == 0.0


def test_without_measures_of_ours_it_is_absent(world):
    assert quality(world.good(), None).value is None
    assert all_rounds(world, None).value is None


def test_what_the_agents_bytes_prevent_counts_as_worst(world):
    broken = all_rounds(world, Measures(failed="its parser broke"))
    assert broken.parts["size"] == broken.parts["scope"] == broken.parts["structure"] == broken.parts["api"] == 0.0
    assert broken.value < 0.2


def test_half_again_as_much_is_no_bloat_and_three_times_is_half_of_the_part(world):
    for tokens, size in ((100, 1.0), (150, 1.0), (300, 0.5)):
        more = world.shape.model_copy(update={"changed_tokens": tokens})
        assert all_rounds(world, more).parts["size"] == size


def test_what_lies_outside_costs_its_share(world):
    stray = world.shape.model_copy(update={"outside_tokens": 25})
    assert all_rounds(world, stray).parts["scope"] == 0.75


def test_tests_that_check_nothing_earn_nothing(world):
    def tests(**changes):
        return all_rounds(world, world.shape, own_tests={**GOOD, **changes}).parts["tests"]

    assert tests() == 1.0
    assert tests(red_at_start=False) == 0.0
    assert tests(green_on_own=False) == 0.0
    assert tests(green_on_reference=False) == 0.5
    assert tests(red_at_start=None, green_on_own=None, green_on_reference=None) is None
    assert tests(**KILLS) == 1.0
    assert tests(**{**KILLS, "killed": 3}) == 0.75
    assert tests(files=()) == 0.0


def test_where_no_solution_adds_tests_nobody_must(world):
    bare = replace(world.reference, measures=((world.shape.model_copy(update={"tests": ()}),) * 3,))
    judged = quality(world.trial(world.round(1, own_tests={"files": ()})), bare)
    assert judged.parts["tests"] is None


def test_deleting_visible_tests_never_pays(world):
    for own_tests in (GOOD, {"files": ()}, None):
        given_ = {"own_tests": own_tests} if own_tests else {}
        kept = all_rounds(world, world.shape, **given_)
        lost = all_rounds(world, world.shape.model_copy(update={"tests_lost": 3}), **given_)
        assert lost.value <= kept.value


def test_a_public_name_that_every_solution_keeps_is_due(world):
    lost = world.shape.model_copy(update={"api": {"f": False, "own": False}})
    assert all_rounds(world, lost).parts["api"] == 0.0


@given(measures)
def test_half_of_the_work_is_worth_half_at_most(world, own):
    whole = of(world, own)
    half = of(world, own, ((True, False),))
    assert 0 <= half.value <= whole.value <= 1


@given(measures, st.sampled_from(["changed_tokens", "decisions", "erosion", "clones"]), st.integers(0, 500))
def test_more_of_anything_never_raises_it(world, own, name, more):
    worse = own.model_copy(update={name: getattr(own, name) + more})
    assert of(world, worse).value <= of(world, own).value + 1e-12
