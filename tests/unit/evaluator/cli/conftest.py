"""What tests of the live table share: trials that run, from events on a clock of ours."""

import pytest

from evaluator.cli.running import Running
from evaluator.evidence import Graded, HandedIn, Message, TurnBegan, TurnEnded
from evaluator.trial.trial import TrialSpec
from harness.gateway import Usage


class Said:
    """Events of a round, in short."""

    @staticmethod
    def message(round_=1, hand_in=1):
        kind = "report" if hand_in == 1 else "complaint"
        return Message(at=0, round=round_, hand_in=hand_in, kind=kind, text="hello")

    @staticmethod
    def began(limit_s, round_=1, hand_in=1):
        return TurnBegan(at=0, round=round_, hand_in=hand_in, limit_s=limit_s)

    @staticmethod
    def ended(wall_s, round_=1, hand_in=1, reason="finished"):
        return TurnEnded(
            at=0, round=round_, hand_in=hand_in, reason=reason, wall_s=wall_s, exit_code=0, overrun_s=0, output=""
        )

    @staticmethod
    def handed_in(files, round_=1, hand_in=1):
        return HandedIn(
            at=0, round=round_, hand_in=hand_in, changed=("a",) * files, protected=(), dropped=(), left_running=(),
            breach=None,
        )  # fmt: skip

    @staticmethod
    def graded(red, round_=1, hand_in=1):
        return Graded(at=0, round=round_, hand_in=hand_in, red=("g",) * red, reason="")


@pytest.fixture
def said():
    return Said


@pytest.fixture
def spec_of(tally):
    """`spec_of("agent", attempt)`: one trial of the smallest task."""
    return lambda agent="nop", attempt=1, **changes: TrialSpec(agent, tally, attempt, **changes)


@pytest.fixture
def running(spec_of):
    """A trial that began at 0, with 60 seconds a round; with `calls` it calls models."""

    def made(agent="nop", attempt=1, calls=None, dollars=0.0, deadline_scale=3.0, **changes):
        usage = None if calls is None else lambda: Usage(calls=calls, dollars=dollars)
        return Running(spec_of(agent, attempt, deadline_scale=deadline_scale, **changes), 0.0, usage)

    return made
