"""relaybench task: one file a verb."""

from __future__ import annotations

import click

from evaluator.cli.task import check, list_, new, show


@click.group(name="task")
def command() -> None:
    """List, show, prove and begin tasks."""


for verb in (list_.command, show.command, check.command, new.command):
    command.add_command(verb)
