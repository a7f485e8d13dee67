"""pass@k and pass^k: published numbers, a count by hand, and what must hold for any n, c, k."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.stats.attempts import pass_at_k, pass_hat_k

counts = st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


def test_one_attempt_is_the_share_of_successes():
    assert pass_at_k(200, 77, 1) == pytest.approx(0.385)
    assert pass_hat_k(200, 77, 1) == pytest.approx(0.385)


@pytest.mark.parametrize(("n", "c"), [(5, 2), (6, 0), (6, 6), (7, 3)])
def test_they_are_the_shares_among_all_ways_to_choose_k_attempts(n, c):
    attempts = [True] * c + [False] * (n - c)
    for k in range(1, n + 1):
        drawn = list(combinations(attempts, k))
        assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, drawn)) / len(drawn))
        assert pass_hat_k(n, c, k) == pytest.approx(sum(map(all, drawn)) / len(drawn))


def numerically_stable_pass_at_k(n: int, c: int, k: int) -> float:
    """The published program (Chen et al. 2021, figure 3): 1 - prod(1 - k / i for i in n-c+1 .. n)."""
    product = 1.0
    for i in range(n - c + 1, n + 1):
        product *= 1.0 - k / i
    return 1.0 if n - c < k else 1.0 - product


@given(counts)
def test_it_agrees_with_the_published_program(case):
    assert pass_at_k(*case) == pytest.approx(numerically_stable_pass_at_k(*case))


@given(counts)
def test_always_is_at_most_once_is_at_most_at_least_once(case):
    n, c, k = case
    assert 0 <= pass_hat_k(n, c, k) <= c / n + 1e-12
    assert c / n - 1e-12 <= pass_at_k(n, c, k) <= 1
    if c < n:
        assert pass_at_k(n, c + 1, k) >= pass_at_k(n, c, k)
        assert pass_hat_k(n, c + 1, k) >= pass_hat_k(n, c, k)


@pytest.mark.parametrize(("n", "c", "k"), [(3, 1, 4), (3, 1, 0), (3, 4, 1), (0, 0, 1), (3, -1, 1)])
def test_more_attempts_than_were_made_cannot_be_spoken_for(n, c, k):
    with pytest.raises(ValueError, match="1 <= k <= attempts"):
        pass_at_k(n, c, k)
    with pytest.raises(ValueError, match="1 <= k <= attempts"):
        pass_hat_k(n, c, k)
