"""Significance: sign flips, McNemar and Holm against numbers worked out elsewhere or counted by hand."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.stats import sign_flip as module
from evaluator.stats.holm import holm
from evaluator.stats.mcnemar import mcnemar
from evaluator.stats.sign_flip import least_p, sign_flip

differences = st.lists(st.floats(-1, 1).map(lambda x: round(x, 2)), min_size=1, max_size=9)


def by_enumeration(values) -> float:
    reach = abs(sum(values)) - 1e-9
    signs = list(itertools.product((1, -1), repeat=len(values)))
    return sum(abs(sum(s * v for s, v in zip(row, values, strict=True))) >= reach for row in signs) / len(signs)


class TestSignFlip:
    def test_darwins_maize(self):
        """Fisher 1935, The Design of Experiments, section 21: 1,726 of 32,768 sign patterns reach 314."""
        heights = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
        assert sign_flip(heights) == pytest.approx(1726 / 32768)

    def test_full_agreement_is_the_least_p(self):
        assert sign_flip([0.1] * 6) == least_p(6) == 2 / 64
        assert least_p(5) > 0.05 > least_p(6)

    def test_no_difference_is_no_evidence(self):
        assert sign_flip([]) == sign_flip([0.0, 0.0]) == sign_flip([0.3, -0.3]) == 1.0

    @given(differences)
    def test_it_counts_all_sign_patterns(self, values):
        assert sign_flip(values) == pytest.approx(by_enumeration(values))

    @given(differences)
    def test_order_direction_and_scale_do_not_matter(self, values):
        p = sign_flip(values)
        assert sign_flip(values[::-1]) == sign_flip([-3 * value for value in values]) == pytest.approx(p)
        assert 0 < p <= 1

    @given(st.lists(st.floats(-1, 1), min_size=10, max_size=20))
    @settings(max_examples=5)
    def test_drawn_it_comes_close_to_counted(self, values):
        units = [value for value in values if value] or [1.0]
        reach = abs(sum(units)) - 1e-9
        assert module._drawn(units, reach, seed=0) == pytest.approx(module._counted(units, reach), abs=0.025)

    def test_drawn_it_is_repeatable_and_never_0(self):
        many = [0.1] * 50
        assert sign_flip(many) == sign_flip(many) == 1 / module.DRAWS


class TestMcNemar:
    @pytest.mark.parametrize(
        ("b", "c", "p"),
        [(0, 0, 1.0), (0, 5, 0.0625), (0, 6, 0.03125), (1, 9, 0.021484375), (5, 5, 1.0)],
    )
    def test_it_is_the_two_sided_binomial_test(self, b, c, p):
        assert mcnemar(b, c) == mcnemar(c, b) == pytest.approx(p, abs=5e-6)

    @given(st.integers(0, 60), st.integers(0, 60))
    def test_it_is_the_sign_flip_test_of_the_discordant_pairs(self, b, c):
        if 0 < b + c <= module.EXACT:
            assert mcnemar(b, c) == pytest.approx(sign_flip([1.0] * b + [-1.0] * c))
        assert 0 < mcnemar(b, c) <= 1


class TestHolm:
    def test_by_hand(self):
        """Smallest first: 4 * .005, 3 * .01, 2 * .03, and .04 is not below what came before it."""
        found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
        assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})

    def test_a_single_test_is_left_alone(self):
        assert holm({"a": 0.04}) == {"a": 0.04}
        assert holm({}) == {}

    @given(st.dictionaries(st.text(max_size=2), st.floats(0, 1), max_size=8))
    def test_it_lies_between_no_correction_and_bonferroni_and_keeps_the_order(self, found):
        adjusted = holm(found)
        assert list(adjusted) == list(found)
        for name, p in found.items():
            assert p <= adjusted[name] <= min(1.0, len(found) * p) + 1e-12
        order = sorted(found, key=lambda name: found[name])
        assert all(adjusted[one] <= adjusted[two] for one, two in itertools.pairwise(order))
