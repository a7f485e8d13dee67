"""The options that say what a run consists of, for the command that runs it and the one that spreads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--task",
        "tasks",
        multiple=True,
        metavar="TASK",
        help="A task's name in ./task_repos, or its folder. Repeatable; default: all in ./task_repos.",
    ),
    click.option(
        "--attempts", default=1, show_default=True, type=click.IntRange(1, 1000), help="Trials per agent and task."
    ),
    click.option("--model", metavar="MODEL", help="The model for agents that take one."),
    click.option(
        "--deadline-scale",
        default=1.0,
        show_default=True,
        type=click.FloatRange(0, min_open=True),
        help="Stretch every deadline, for slow machines.",
    ),
    click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="NAME",
        help="Run each task's variant as well: noisy, renamed, already-fixed, impossible. Repeatable.",
    ),
    click.option(
        "--twin", is_flag=True, help="Run a well-specified twin of each trial, to see who asks needlessly."
    ),
    click.option(
        "--control", is_flag=True, help="Run each later round from the reference's state, too, to see what carries."
    ),
    click.option(
        "--own-tests/--no-own-tests",
        default=True,
        show_default=True,
        help="After each trial, judge the agent's own tests: some twenty short runs in boxes.",
    ),
    click.option(
        "--profile",
        metavar="PROFILE",
        help="Conditions to work under: strict, noisy, or a profile file (./my-profile.toml). Default: plain.",
    ),
    click.option(
        "--max-usd",
        metavar="X",
        type=click.FloatRange(0, min_open=True),
        help="Begin no further trial once the run's trials cost X dollars.",
    ),
)  # fmt: skip


def asked(command: Callable[..., None]) -> Callable[..., Any]:
    """Give a command these options; it gets them by the names of `Request`'s fields."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
