"""A trial that runs: its round's clock and what is said of it, from its events alone."""

import pytest

from evaluator.evidence import Asked, BoxReplaced, Metered, Usage
from harness.gateway import Usage as Spent


def test_before_the_first_round_there_is_no_clock(running):
    trial = running()
    assert trial.clock(5.0) is None
    assert (trial.last, trial.last_at) == ("starting", 0.0)


def test_the_clock_runs_in_turns_only(running, said):
    """Boxes and grading are not billed: the deadline's remainder is what the agent can still work."""
    trial = running()
    trial.note(said.message(), 10.0)
    assert (trial.clock(20.0).used_s, trial.clock(20.0).left_s) == (0.0, 60.0)
    trial.note(said.began(60.0), 20.0)
    assert (trial.clock(27.0).used_s, trial.clock(27.0).left_s) == (7.0, 53.0)
    trial.note(said.ended(8.5), 30.0)  # what the trial bills, not what the watcher saw
    assert (trial.clock(99.0).used_s, trial.clock(99.0).left_s) == (8.5, 51.5)
    trial.note(said.message(hand_in=2), 100.0)
    trial.note(said.began(51.5, hand_in=2), 101.0)
    assert (trial.clock(111.0).used_s, trial.clock(111.0).left_s) == (18.5, 41.5)
    assert trial.hand_in == 2


def test_a_turn_with_a_deadline_of_its_own_ends_sooner(running, said):
    trial = running()
    trial.note(said.message(), 0.0)
    trial.note(said.began(20.0), 0.0)
    assert (trial.clock(15.0).deadline_s, trial.clock(15.0).left_s) == (60.0, 5.0)
    assert trial.clock(30.0).left_s == 0.0


def test_each_round_has_a_clock_of_its_own_and_deadlines_are_stretched(running, said):
    trial = running(deadline_scale=6.0)
    for event in (said.message(), said.began(120.0), said.ended(50.0), said.message(2), said.began(120.0, 2)):
        trial.note(event, 10.0)
    assert (trial.clock(13.0).used_s, trial.clock(13.0).deadline_s) == (3.0, 120.0)
    assert trial.round.number == 2
    assert trial.hand_in == 1


def test_what_happened_last_is_told_in_words(running, said):
    trial, heard = running(), []
    events = [
        said.message(), said.began(60.0),
        Asked(at=0, round=1, question="?", fact=None, answer="no"), said.ended(1.0),
        Metered(at=0, round=1, hand_in=1, usage=Usage()), said.handed_in(1), said.graded(2),
        said.message(hand_in=2), said.began(59.0, hand_in=2), said.ended(1.0, hand_in=2, reason="timed_out"),
        BoxReplaced(at=0, round=1, why="gone"), said.handed_in(3, hand_in=2), said.graded(0, hand_in=2),
    ]  # fmt: skip
    for now, event in enumerate(events):
        trial.note(event, float(now))
        heard.append((trial.last, trial.last_at))
    assert heard == [
        ("gets the report", 0.0), ("works on the report", 1.0), ("asked the reporter", 2.0), ("turn over", 3.0),
        ("turn over", 3.0), ("1 file changed; grading", 5.0), ("red: 2 groups", 6.0), ("gets a complaint", 7.0),
        ("works on a complaint", 8.0), ("stopped at the deadline", 9.0), ("got a new box", 10.0),
        ("3 files changed; grading", 11.0), ("green", 12.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("red", "hand_in", "used_s", "own_tests", "words"),
    [
        (0, 1, 5.0, True, "green; judging its tests"),
        (0, 1, 5.0, False, "green; finishing"),
        (1, 1, 5.0, True, "red: 1 group"),
        (1, 2, 5.0, True, "red: 1 group; judging its tests"),
        (1, 1, 60.0, True, "red: 1 group; judging its tests"),
    ],
    ids=["green", "without tests", "may try again", "out of tries", "out of time"],
)
def test_what_follows_the_last_grade_takes_a_while_and_is_said(running, said, red, hand_in, used_s, own_tests, words):
    trial = running(own_tests=own_tests, start=2)  # a round of two tries
    for event in (said.message(2, hand_in), said.began(60.0, 2, hand_in), said.ended(used_s, 2, hand_in)):
        trial.note(event, 1.0)
    trial.note(said.graded(red, 2, hand_in), 2.0)
    assert trial.last == words


def test_the_sum_over_all_calls_is_not_made_at_every_look(running):
    asked = []
    trial = running(calls=0)
    trial.usage = lambda: asked.append(1) or Spent(calls=len(asked))
    assert [trial.spent(now).calls for now in (10.0, 10.2, 10.9, 11.0, 11.5)] == [1, 1, 1, 2, 2]
    assert running().spent(10.0) is None
