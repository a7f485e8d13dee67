"""Intervals against published values, and what must hold for any data."""

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats import intervals
from evaluator.stats.intervals import Interval, bootstrap, clustered_mean, wilson

values = st.dictionaries(st.text(max_size=3), st.lists(st.floats(0, 1), min_size=1, max_size=4), min_size=1, max_size=6)


class TestWilson:
    @pytest.mark.parametrize(
        ("successes", "trials", "low", "high"),
        [
            # Newcombe 1998, Statistics in Medicine 17, table I, method 3
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_published_values(self, successes, trials, low, high):
        found = wilson(successes, trials)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
        assert found.mean == successes / trials

    def test_without_trials_everything_is_possible(self):
        assert wilson(0, 0) == Interval(0.0, 0.0, 1.0)

    @given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_it_holds_the_share_mirrors_and_narrows(self, case):
        successes, trials = case
        found, mirrored, longer = (
            wilson(successes, trials),
            wilson(trials - successes, trials),
            wilson(successes * 4, trials * 4),
        )
        assert 0 <= found.low <= found.mean + 1e-12
        assert found.mean - 1e-12 <= found.high <= 1
        assert found.low == pytest.approx(1 - mirrored.high)
        assert longer.high - longer.low < found.high - found.low


class TestClusteredMean:
    def test_tasks_weigh_the_same_however_often_they_were_tried(self):
        assert clustered_mean({"a": [1.0] * 9, "b": [0.0]}).mean == 0.5

    def test_the_same_data_gives_the_same_interval_in_any_order(self):
        data = {"a": [0.1, 0.9], "b": [0.4], "c": [0.7, 0.2]}
        assert clustered_mean(data) == clustered_mean(dict(reversed(data.items())))

    def test_another_seed_draws_differently(self):
        data = {name: [n * n % 17 / 17] for n, name in enumerate("abcdefghij")}
        assert clustered_mean(data, seed=1) != clustered_mean(data, seed=2)

    def test_tasks_are_drawn_not_trials(self):
        """Ten trials at each of two tasks are two observations, not twenty."""
        assert clustered_mean({"a": [1.0] * 10, "b": [0.0] * 10}) == Interval(0.5, 0.0, 1.0)

    def test_with_a_single_task_trials_are_drawn(self):
        found = clustered_mean({"a": [0.0, 1.0] * 8})
        assert 0.2 < found.low < found.mean < found.high < 0.8

    def test_a_single_trial_has_no_width(self):
        assert clustered_mean({"a": [0.4]}) == Interval(0.4, 0.4, 0.4)

    @pytest.mark.parametrize("data", [{}, {"a": []}])
    def test_nothing_measured_is_none(self, data):
        assert clustered_mean(data) is None

    def test_an_empty_task_does_not_count(self):
        assert clustered_mean({"a": [], "b": [0.4]}) == clustered_mean({"b": [0.4]})

    @given(values)
    @settings(max_examples=25)
    def test_it_holds_the_mean_and_stays_within_the_data(self, data):
        found = clustered_mean(data)
        everything = [value for cluster in data.values() for value in cluster]
        edge = 1e-9
        assert found.low - edge <= found.mean <= found.high + edge
        assert min(everything) - edge <= found.low
        assert found.high <= max(everything) + edge


class TestBootstrap:
    @pytest.mark.parametrize(("units", "least"), [(5, 0.85), (8, 0.89), (20, 0.90)])
    def test_it_holds_the_truth_about_as_often_as_it_says(self, units, least):
        source = random.Random(7)
        hits = 0
        for _ in range(100):
            found = bootstrap([source.gauss(0.2, 0.3) for _ in range(units)])
            hits += found.low <= 0.2 <= found.high
        assert hits >= 100 * least - 4

    def test_few_values_widen_it_more_than_many(self):
        """To the extremes of all draws for three, hardly beyond the plain percentiles for a hundred."""
        assert bootstrap([0.0, 0.5, 1.0]) == Interval(0.5, 0.0, 1.0)
        six = bootstrap([n / 5 for n in range(6)])
        assert six.high - six.low > 1.25 * 2 * 1.96 * statistics.pstdev(n / 5 for n in range(6)) / 6**0.5
        many = bootstrap([n / 99 for n in range(100)])
        assert many.high - many.low == pytest.approx(2 * 1.96 * 0.29 / 10, rel=0.1)


def test_draws_that_are_kept_are_those_that_would_be_drawn():
    for units in ([1.0], [0.0, 1.0], [0.3, 0.7, 0.1], [n / 20 for n in range(20)]):
        for seed in (0, 1):
            source = random.Random(seed)
            drawn = sorted(sum(source.choices(units, k=len(units))) / len(units) for _ in range(intervals.RESAMPLES))
            cut = int(intervals._tail(len(units)) * intervals.RESAMPLES)
            wanted = intervals.Interval(sum(units) / len(units), drawn[cut], drawn[-1 - cut])
            assert intervals.bootstrap(units, seed=seed) == intervals.bootstrap(units, seed=seed) == wanted
