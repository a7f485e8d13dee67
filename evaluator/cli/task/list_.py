"""relaybench task list"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--codeowners", is_flag=True, help="Print the lines for .github/CODEOWNERS: who answers for which task.")
def command(as_json: bool, codeowners: bool) -> None:
    """List the tasks in ./task_repos."""
    from rich.console import Console
    from rich.table import Table

    from evaluator.task import TaskError, find_tasks, load_task

    folders = find_tasks(Path("task_repos"))
    if not folders:
        raise TaskError("There are no tasks in ./task_repos. Go to a checkout of relaybench, or make one.")
    tasks = [load_task(folder) for folder in folders]
    if codeowners:
        for task in tasks:
            click.echo(f"/task_repos/{task.id}/ {' '.join(task.manifest.owners)}")
        return
    if as_json:
        shown = {"id", "version", "title", "language", "domain", "difficulty", "summary"}
        rows = [
            {"folder": str(task.folder), "digest": task.digest, **task.manifest.model_dump(include=shown)}
            for task in tasks
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("task", "language", "difficulty", "rounds", "title"):
        table.add_column(heading, overflow="fold")
    for task in tasks:
        rounds = ", ".join(round_.kind for round_ in task.rounds)
        table.add_row(task.id, task.manifest.language, task.manifest.difficulty, rounds, task.manifest.title)
    Console().print(table)
