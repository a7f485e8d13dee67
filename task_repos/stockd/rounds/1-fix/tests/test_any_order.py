"""README, Figures: whatever is sent in whatever order, units are neither made nor lost."""

import pytest


@pytest.mark.parametrize("seed", [3, 14, 15, 92])
def test_random_requests(walk, seed):
    _, done = walk(seed, 400)
    assert min(done.values()) >= 5, done
