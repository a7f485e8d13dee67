"""The live table, drawn: everything in it, nothing ruined at any width, however many jobs there are."""

import io

import pytest
from rich.console import Console

from evaluator.cli.live import Board, clock_words, draw, elided, rough
from evaluator.evidence import TrialResult
from harness.gateway import Usage

LONG = "a-name-of-forty-characters-which-is-most"


def shown(board, width=120, height=24, now=100.0, **options) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, **options)
    console.print(draw(board, width, height, now))
    return console.file.getvalue().rstrip("\n").split("\n")


@pytest.fixture
def board(running):
    def made(*trials, since=0.0, **changes):
        trials = trials or (running(),)
        return Board(
            since,
            running={trial.spec.name: trial for trial in trials},
            left={trial.spec.name: trial.spec for trial in trials},
            **changes,
        )

    return made


@pytest.fixture
def busy(running, said):
    """A trial in its second hand-in of round 2, 17 of 60 seconds in, after `calls`."""

    def made(agent="claude-code", attempt=1, calls=23, dollars=0.42):
        trial = running(agent, attempt, calls, dollars)
        for event, now in (
            (said.message(2), 50.0), (said.began(60.0, 2), 50.0), (said.ended(10.0, 2), 60.0),
            (said.message(2, 2), 80.0), (said.began(50.0, 2, 2), 93.0),
        ):  # fmt: skip
            trial.note(event, now)
        return trial

    return made


@pytest.fixture
def ended(make_trial):
    def made(agent="nop", attempt=1, wall_s=60.0, **changes) -> TrialResult:
        return make_trial(agent, "tally", attempt, wall_s=wall_s, **changes)

    return made


class TestRows:
    def test_a_wide_row_has_everything(self, board, busy):
        _, _, head, row = shown(board(busy()))
        assert head.split() == ["trial", "round", "clock", "calls", "cost", "last", "event"]
        assert " ".join(row.split()) == (
            "claude-code--tally--1 2/3 feature, try 2 0:17/1:00 23 $0.42 works on a complaint (7 s)"
        )

    def test_a_narrow_row_has_it_in_two_lines(self, board, busy):
        _, _, name, row = shown(board(busy()), 80)
        assert name.rstrip() == "claude-code--tally--1"
        assert row == "  2/3 feature, try 2  0:17/1:00  23 calls  $0.42  works on a complaint (7 s)"

    def test_an_agent_that_calls_no_models_has_dashes(self, board, running, said):
        trial = running()
        trial.note(said.message(), 98.0)
        assert shown(board(trial))[3].split()[1:6] == ["1/3", "fix", "0:00/1:00", "–", "–"]
        assert shown(board(trial), 80)[3] == "  1/3 fix  0:00/1:00  gets the report (2 s)"

    def test_a_price_that_is_not_known_is_said(self, board, busy):
        for width in (80, 120):
            assert any("unpriced" in line for line in shown(board(busy(dollars=None)), width)[3:])

    def test_before_the_first_round_there_is_little_to_say(self, board, running):
        assert shown(board(running()), 80)[3] == "  starting (2 min)"
        assert shown(board(running()))[3].split()[1:] == ["–", "–", "–", "–", "starting", "(2", "min)"]

    @pytest.mark.parametrize("width", [80, 120])
    @pytest.mark.parametrize(("now", "near"), [(137.0, False), (138.5, True)])
    def test_near_its_deadline_a_trial_is_marked_also_without_colour(self, board, busy, width, now, near):
        (line,) = [line for line in shown(board(busy()), width, now=now, no_color=True) if "/1:00" in line]
        assert ("! 0:5" in line) == near

    def test_a_name_from_a_run_is_only_text(self, board, running):
        trial = running("n[red]op\x1b[2J")
        assert all("n[red]op\\x1b[2J--tally--1" in "".join(shown(board(trial), width)) for width in (80, 120))


class TestSize:
    @pytest.mark.parametrize("width", [20, 60, 80, 100, 115, 116, 120, 200])
    def test_sixty_four_jobs_fit_any_screen(self, board, busy, width):
        trials = [busy((LONG, "nop")[n % 2], n, 1000 + n, 1234.5) for n in range(1, 65)]
        lines = shown(board(*trials, max_usd=20.0), width)
        assert len(lines) < 24
        assert max(map(len, lines)) <= width
        rows = sum("--tally--" in line for line in lines)
        assert lines[-1].startswith(f"and {64 - rows} more trials, {64 - rows} of them at work"[:width])
        assert all("(7 s)" in line for line in lines if "/1:00" in line and width >= 80)  # the age is never cut

    def test_all_of_them_are_shown_where_there_is_room(self, board, busy):
        lines = shown(board(*(busy("nop", n) for n in range(1, 65))), height=80)
        assert sum("--tally--" in line for line in lines) == 64
        assert "more" not in lines[-1]

    def test_of_a_long_name_both_ends_are_kept(self):
        assert elided(f"{LONG}--tally--12", 20) == "a-name-of…--tally--12"[:9] + "…" + "--tally--12"[-10:]
        assert elided("short", 20) == "short"


class TestRunLine:
    def line(self, board, width=120, now=100.0):
        return shown(board, width, now=now)[0]

    def test_nothing_has_ended(self, board):
        assert self.line(board()) == "0 of 1 trials done · 1:40 · time left not known yet"

    def test_errors_are_counted(self, board, ended):
        done = [ended(), ended(attempt=2, broken=True)]
        assert self.line(board(done=done)).startswith("2 of 3 trials done · 1 infrastructure error · 1:40 · ")

    def test_dollars_are_those_of_all_trials_so_far(self, board, busy):
        assert "· $1.42 of $20.00 ·" in self.line(board(busy(), paid=1.0, max_usd=20.0))
        assert "· $0.84 ·" in self.line(board(busy(), busy(attempt=2)))
        assert "· $0.42 and unpriced calls ·" in self.line(board(busy(), busy(attempt=2, dollars=None)))

    def test_a_trial_that_ended_is_paid(self, board):
        made = board()
        made.pay(Usage(dollars=0.25))
        made.pay(Usage(dollars=None))
        assert "· $0.25 and unpriced calls ·" in self.line(made)

    def test_the_time_left_is_told_from_trials_that_ended(self, board, running, ended):
        made = board(running(attempt=2), running(attempt=3), done=[ended(wall_s=700.0)])
        assert "about 20 min left" in self.line(made)
        made = board(running(attempt=2), running("other"), done=[ended(wall_s=700.0)])
        assert "more than 10 min left" in self.line(made)

    def test_what_takes_longer_than_all_before_is_not_promised_to_end(self, board, running, ended):
        assert self.line(board(running(attempt=2), done=[ended(wall_s=60.0)])).endswith(
            "longer than trials took so far"
        )

    def test_at_the_end_nothing_is_left(self, board, ended):
        made = board(done=[ended()])
        made.left.clear()
        assert self.line(made).endswith("finishing")

    def test_on_a_narrow_screen_it_breaks_between_its_parts(self, board, busy, ended):
        done = [ended(attempt=2, broken=True)]
        lines = shown(board(busy(), done=done, paid=100.0, max_usd=200.0), 60)[:2]
        assert lines[0] == "1 of 2 trials done · 1 infrastructure error ·"
        assert lines[1] == "$100.42 of $200.00 · 1:40 · time left not known yet"


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (61.9, "1:01"), (3725, "1:02:05")])
def test_a_clock(seconds, words):
    assert clock_words(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (150, "2 min"), (4800, "1 h 20 min")])
def test_a_rough_time(seconds, words):
    assert rough(seconds) == words
