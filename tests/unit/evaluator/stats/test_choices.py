"""The Pareto set, and how firm an order is under other weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.stats.pareto import pareto
from evaluator.stats.ranks import Part, rank_stability, weighted_mean

WEIGHTS = {"correctness": 0.7, "quality": 0.3}
points = st.dictionaries(st.text(max_size=2), st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8)


class TestPareto:
    def test_dearer_must_mean_better(self):
        found = {"cheap": (1, 40), "dear and worse": (3, 30), "middle": (2, 60), "best": (9, 61), "same price": (2, 50)}
        assert pareto(found) == ["cheap", "middle", "best"]

    def test_equal_points_stand_together(self):
        assert pareto({"b": (1, 5), "a": (1, 5), "c": (2, 5)}) == ["a", "b"]

    @given(points)
    def test_exactly_those_that_none_dominates(self, found):
        def beaten(name):
            cost, score = found[name]
            return any(
                other_cost <= cost and other_score >= score and (other_cost, other_score) != (cost, score)
                for other_cost, other_score in found.values()
            )

        assert set(pareto(found)) == {name for name in found if not beaten(name)}


def agent(**values: float) -> list[Part]:
    return [Part(1.0, values)]


class TestRankStability:
    def test_better_on_every_axis_is_first_under_any_weights(self):
        found = rank_stability(
            {"b": agent(correctness=0.4, quality=0.3), "a": agent(correctness=0.9, quality=0.5)}, WEIGHTS
        )
        assert (found.order, found.same) == (("a", "b"), 1.0)
        assert [(swap.ahead, swap.behind, swap.share) for swap in found.swaps] == [("a", "b", 0.0)]

    def test_a_trade_that_hangs_on_the_weights_is_shown(self):
        even = {"a": agent(correctness=0.6, quality=0.5), "b": agent(correctness=0.5, quality=0.73)}
        found = rank_stability(even, WEIGHTS)
        assert found.order == ("a", "b")
        assert 0.3 < found.swaps[0].share < 0.7
        assert found.same == pytest.approx(1 - found.swaps[0].share)

    def test_the_same_seed_gives_the_same_answer(self):
        even = {"a": agent(correctness=0.6, quality=0.5), "b": agent(correctness=0.5, quality=0.73)}
        assert rank_stability(even, WEIGHTS) == rank_stability(dict(reversed(even.items())), WEIGHTS)
        assert rank_stability(even, WEIGHTS, seed=1) != rank_stability(even, WEIGHTS, seed=2)

    def test_equals_do_not_count_as_changing_places(self):
        same = {"a": agent(correctness=0.6, quality=0.5), "b": agent(correctness=0.6, quality=0.5)}
        assert rank_stability(same, WEIGHTS).same == 1.0

    def test_the_weight_of_an_absent_axis_is_shared_out(self):
        parts = [Part(0.25, {"correctness": 0.8}), Part(0.75, {"correctness": 0.4, "quality": 0.6})]
        assert weighted_mean(parts, WEIGHTS) == pytest.approx(0.25 * 0.8 + 0.75 * (0.7 * 0.4 + 0.3 * 0.6))

    def test_weights_of_nothing_measured_are_no_error(self):
        assert weighted_mean([Part(1.0, {})], WEIGHTS) == 0.0
