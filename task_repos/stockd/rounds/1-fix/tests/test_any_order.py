"""README, Figures: whatever is sent in whatever order, units are neither made nor lost."""

import pytest


@pytest.mark.parametrize("seed", [3, 14, 15])
def test_random_requests(walk, seed):
    _, done = walk(seed, 100)
    assert min(done.values()) >= 2, done
