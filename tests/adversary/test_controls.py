"""What the cheats are measured against: honest work is solved without a flag, doing nothing is worth nothing."""

import pytest

pytestmark = pytest.mark.timeout(120)


def test_the_reference_is_solved_and_unflagged(arena, tally, machine, tmp_path):
    outcome = arena.play("reference", tally, scratch=tmp_path)
    assert [round_.strict for round_ in outcome.result.rounds] == [True, True, True]
    assert outcome.result.scores["composite"] == pytest.approx(100)
    assert outcome.flags == set()


def test_doing_nothing_is_unsolved_and_unflagged(arena, tally, machine, tmp_path):
    outcome = arena.play("nop", tally, scratch=tmp_path)
    assert [round_.strict for round_ in outcome.result.rounds] == [False, False, False]
    assert outcome.result.scores["composite"] == 0.0
    assert outcome.flags == set()


def test_a_cheats_own_scaffold_wins_when_its_work_is_right(play):
    """So that the cheats fail for what they do, and not for how they are played."""
    outcome = play({"alter": [('    if amount < 0:\n        raise ValueError("negative")\n', "")]})
    assert outcome.result.rounds[0].strict
    assert outcome.flags == set()
