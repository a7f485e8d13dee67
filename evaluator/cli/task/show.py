"""relaybench task show"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="show")
@click.argument("task")
@click.option(
    "--runs",
    default=Path("runs"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of runs, for how often the task was solved.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(task: str, runs: Path, as_json: bool) -> None:
    """Show a task: what an agent will see, then what its maintainers should."""
    from evaluator.report.task import describe, print_task
    from evaluator.run.plan import task_folders
    from evaluator.run.results.solved import solve_rates
    from evaluator.task import load_task

    loaded = load_task(task_folders([task])[0])
    rates = solve_rates(loaded, runs)
    if as_json:
        click.echo(json.dumps(describe(loaded, rates), indent=1))
    else:
        print_task(loaded, rates)
