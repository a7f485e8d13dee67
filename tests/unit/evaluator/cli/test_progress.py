"""What a watcher makes of a run: a line a trial where nobody looks, and a board for the table where somebody does."""

import io

import pytest
from rich.console import Console

from evaluator.cli import progress as module
from evaluator.cli.progress import Progress, watching
from harness.gateway import Usage


@pytest.fixture
def watched(tmp_path):
    """A progress on a console of `width` whose clock is `clock[0]`."""

    def made(width=120, **options):
        clock = [0.0]
        console = Console(file=io.StringIO(), width=width, height=24, **options)
        return Progress(console, max_usd=5.0, now=lambda: clock[0]), console, clock

    return made


def table(progress, console) -> str:
    with console.capture() as got:
        console.print(progress)
    return got.get()


def test_without_a_terminal_there_is_a_line_for_each_trial_that_ended(watched, spec_of, said, make_trial, tmp_path):
    progress, console, _ = watched()
    progress.planned(tmp_path, [spec_of(), spec_of(attempt=2)], 0.0)
    for attempt in (1, 2):
        progress.began(spec_of(attempt=attempt))
        progress.event(spec_of(attempt=attempt), said.message())
    progress.ended(spec_of(), make_trial("nop", "tally", strict=(True, False, True), wall_s=41.23))
    progress.ended(spec_of(attempt=2), make_trial("nop", "tally", 2, broken=True))
    assert console.file.getvalue().splitlines() == [
        "[1/2] nop--tally--1: 2 of 3 rounds strict, 41.2 s",
        "[2/2] nop--tally--2: infrastructure error: boom",
    ]


def test_the_table_follows_what_is_told(watched, spec_of, said, make_trial, tmp_path):
    progress, console, clock = watched()
    assert "0 of 0 trials" in table(progress, console)
    clock[0] = 10.0  # boxes were made ready meanwhile, which is not the run's time
    progress.planned(tmp_path, [spec_of(), spec_of("caller")], 1.0)
    progress.began(spec_of("caller"))
    progress.metered(spec_of("caller"), lambda: Usage(calls=3, dollars=0.25))
    progress.event(spec_of("caller"), said.message())
    clock[0] = 20.0
    text = table(progress, console)
    assert "0 of 2 trials done · $1.25 of $5.00 · 0:10 · time left not known yet" in text
    assert "caller--tally--1" in text
    progress.ended(spec_of("caller"), make_trial("caller", "tally", dollars=0.25))
    clock[0] = 30.0
    text = table(progress, console)
    assert "1 of 2 trials done · $1.25 of $5.00" in text
    assert "caller--tally--1  " not in text.partition("done")[2]


def test_a_trial_that_is_tried_again_has_paid_for_both(watched, spec_of, tmp_path):
    progress, console, _ = watched()
    progress.planned(tmp_path, [spec_of("caller")], 0.0)
    for dollars in (0.5, 0.25):
        progress.began(spec_of("caller"))
        progress.metered(spec_of("caller"), lambda dollars=dollars: Usage(dollars=dollars))
    assert "$0.75 of $5.00" in table(progress, console)


@pytest.mark.parametrize(
    ("terminal", "term", "live", "drawn"),
    [
        (True, "xterm", True, True),
        (False, "xterm", True, False),
        (True, "dumb", True, False),
        (True, "xterm", False, False),
    ],
)
def test_the_table_is_drawn_on_a_terminal_that_can_do_so_only(monkeypatch, terminal, term, live, drawn):
    monkeypatch.setenv("TERM", term)
    out = io.StringIO()
    monkeypatch.setattr(module, "Console", lambda stderr: Console(file=out, force_terminal=terminal, width=80))
    with watching(live=live):
        pass
    assert ("0 of 0 trials done" in out.getvalue()) == drawn
    assert ("\x1b[?25h" in out.getvalue()) == drawn  # the cursor is back
