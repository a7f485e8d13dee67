"""The gate closes for what an honest agent cannot have done, and each of its reasons is a flag that exists."""

import pytest

from evaluator.scoring.gates import GATING, gated
from evaluator.trial.flags import FLAGS


@pytest.mark.parametrize("flag", sorted(GATING))
def test_it_closes_for(flag):
    assert gated(("left_running", flag))


def test_it_stays_open_for_every_other_flag():
    assert not gated(flag.name for flag in FLAGS if flag.name not in GATING)
    assert not gated(())


def test_it_knows_no_flag_that_is_never_raised():
    assert {flag.name for flag in FLAGS} >= GATING
