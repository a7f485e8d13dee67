"""Success over several attempts: at least once in k (pass@k), every time in k (pass^k)."""

from __future__ import annotations

from math import comb


def pass_at_k(attempts: int, successes: int, k: int) -> float:
    """Chance that one of k attempts succeeds: 1 - C(n-c, k) / C(n, k), the unbiased estimate of Chen et al. 2021.

    Raises `ValueError` when k is not within 1..attempts: more attempts than were made cannot be spoken for.
    """
    _check(attempts, successes, k)
    return 1.0 - comb(attempts - successes, k) / comb(attempts, k)


def pass_hat_k(attempts: int, successes: int, k: int) -> float:
    """Chance that all of k attempts succeed: C(c, k) / C(n, k) (pass^k of Yao et al. 2024). Raises `ValueError`."""
    _check(attempts, successes, k)
    return comb(successes, k) / comb(attempts, k)


def _check(attempts: int, successes: int, k: int) -> None:
    if not 1 <= k <= attempts or not 0 <= successes <= attempts:
        raise ValueError(f"k = {k} of {attempts} attempts with {successes} successes: 1 <= k <= attempts is needed.")
