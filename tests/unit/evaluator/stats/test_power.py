"""Student's t from tables; what a comparison could have seen, and how many trials would do."""

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats.paired import fewest_tasks, paired
from evaluator.stats.power import detectable, enough
from evaluator.stats.sign_flip import least_p
from evaluator.stats.student import t_below, t_quantile

spread_out = st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=8, max_size=30).filter(
    lambda values: max(values) - min(values) > 0.01
)


class TestStudent:
    @pytest.mark.parametrize(
        ("share", "freedom", "value"),
        [  # any table of the t distribution
            (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 4, 2.776), (0.95, 10, 1.812), (0.975, 30, 2.042),
            (0.995, 7, 3.499), (0.9, 120, 1.289), (0.8, 1, 1.376), (0.975, 100_000, 1.960),
        ],
    )  # fmt: skip
    def test_tables(self, share, freedom, value):
        assert t_quantile(share, freedom) == pytest.approx(value, abs=6e-4)

    def test_one_degree_of_freedom_is_cauchy(self):
        assert t_below(1.0, 1) == pytest.approx(0.75)
        assert t_below(0.0, 5) == 0.5

    @given(st.integers(1, 200), st.floats(0.55, 0.999))
    def test_quantile_and_distribution_undo_each_other(self, freedom, share):
        assert t_below(t_quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-9)


class TestDetectable:
    def test_it_is_the_textbook_sample_size(self):
        """A standardised difference of 0.5 needs 34 pairs (Cohen 1988, and every power program since)."""
        values = [statistics.NormalDist().inv_cdf((n + 0.5) / 34) for n in range(34)]
        unit = statistics.stdev(values)
        assert enough(values, 0.5 * unit) == pytest.approx(34, abs=1)
        assert detectable(values) == pytest.approx(0.5 * unit, rel=0.02)

    def test_a_difference_of_that_size_is_found_in_four_of_five_runs(self):
        source = random.Random(3)
        size = detectable([source.gauss(0, 1) for _ in range(5_000)][:20])
        found = 0
        for _ in range(200):
            run = [source.gauss(size, 1) for _ in range(20)]
            found += abs(statistics.mean(run)) / (statistics.stdev(run) / 20**0.5) > t_quantile(0.975, 19)
        assert 120 <= found <= 195  # the spread of 20 is itself uncertain; far from none and from all

    def test_too_few_for_any_significance_have_no_answer(self):
        assert detectable([0.1, 0.2, 0.3, 0.4, 0.5]) is None
        assert detectable([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) is not None
        assert detectable([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], alpha=0.05 / 8) is None

    @pytest.mark.parametrize("values", [[], [0.1], [0.0] * 20, [0.1 + 0.2, 0.3] * 10])
    def test_without_spread_there_is_nothing_to_go_by(self, values):
        assert detectable(values) is None
        assert enough(values, 0.5) is None

    def test_no_number_of_trials_finds_no_difference(self):
        assert enough([0.1, -0.1, 0.2], 0.0) is None
        assert enough([1.0, -1.0] * 5, 1e-9) is None

    @given(spread_out, st.floats(0.05, 1))
    @settings(max_examples=20)
    def test_smaller_differences_and_stricter_tests_need_more(self, values, difference):
        need = enough(values, difference)
        assert need >= 6
        assert enough(values, difference / 2) >= need
        assert enough(values, difference, alpha=0.01) >= need
        assert enough(values, -difference) == need

    @given(spread_out)
    def test_as_many_as_there_are_would_do_for_what_they_can_detect(self, values):
        assert enough(values, detectable(values) * 1.0001) <= len(values)


class TestPaired:
    def test_six_tasks_are_six_observations_however_many_attempts(self):
        found = paired({f"t{n}": [0.1, 0.3] * 5 for n in range(6)}, unit="task")
        assert (found.unit, found.units, found.pairs) == ("task", 6, 60)
        assert (found.difference, found.p) == (pytest.approx(0.2), 2 / 64)

    @pytest.mark.parametrize(("tests", "tasks"), [(1, 6), (2, 7), (8, 9)])
    def test_how_many_tasks_can_show_anything(self, tests, tasks):
        assert fewest_tasks(tests) == tasks
        assert least_p(tasks) * tests <= 0.05 < least_p(tasks - 1) * tests

    def test_with_fewer_tasks_pairs_are_observed_and_tasks_still_weigh_the_same(self):
        found = paired({"a": [0.2] * 8, "b": [0.4, 0.4]}, unit="pair")
        assert (found.unit, found.units, found.pairs) == ("pair", 10, 10)
        assert found.difference == pytest.approx(0.3)
        assert found.p == least_of(10)

    def test_a_single_pair_shows_nothing(self):
        found = paired({"a": [0.4]}, unit="pair")
        assert (found.difference, found.p, found.detectable, found.enough_pairs) == (0.4, 1.0, None, None)

    def test_without_pairs_there_is_no_comparison(self):
        assert paired({}, unit="pair") is None
        assert paired({"a": []}, unit="task") is None

    def test_how_many_would_do_is_in_pairs(self):
        tasks = {f"t{n}": [value, value] for n, value in enumerate((0.3, -0.2, 0.1, 0.0, 0.2, -0.1))}
        found = paired(tasks, unit="task")
        assert found.p > 0.05
        assert found.enough_pairs == 2 * enough([0.3, -0.2, 0.1, 0.0, 0.2, -0.1], found.difference)

    def test_tests_that_are_adjusted_together_ask_for_more(self):
        tasks = {f"t{n}": [value] for n, value in enumerate((0.3, -0.2, 0.1, 0.0, 0.2, -0.1, 0.1, 0.2, 0.0, 0.1))}
        assert paired(tasks, unit="task", tests=8).enough_pairs > paired(tasks, unit="task").enough_pairs
        assert paired(tasks, unit="task", tests=8).detectable > paired(tasks, unit="task").detectable

    @given(
        st.dictionaries(
            st.text(max_size=2), st.lists(st.floats(-1, 1), min_size=1, max_size=3), min_size=1, max_size=8
        ),
        st.sampled_from(["task", "pair"]),
    )
    @settings(max_examples=15)
    def test_exchanging_the_agents_mirrors_the_result(self, tasks, unit):
        one = paired(tasks, unit=unit)
        other = paired({task: [-value for value in values] for task, values in tasks.items()}, unit=unit)
        assert other.difference == pytest.approx(-one.difference)
        assert other.p == pytest.approx(one.p)
        assert one.low <= one.difference + 1e-12
        assert one.difference <= one.high + 1e-12


def least_of(units: int) -> float:
    return 2 / 2**units
