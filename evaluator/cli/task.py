"""relaybench task"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click


@click.group(name="task")
def command() -> None:
    """List tasks; prove that a task is sound."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_(as_json: bool) -> None:
    """List the tasks in ./task_repos."""
    from rich.console import Console
    from rich.table import Table

    from evaluator.task import TaskError, find_tasks, load_task

    folders = find_tasks(Path("task_repos"))
    if not folders:
        raise TaskError("There are no tasks in ./task_repos. Go to a checkout of relaybench, or make one.")
    tasks = [load_task(folder) for folder in folders]
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


@command.command()
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--jobs", "-j", default=2, show_default=True, type=click.IntRange(1, 64), help="Gates at a time.")
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(0, 1000), help="Shuffled repeats.")
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "docker", "bubblewrap"]))
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as one JSON document.")
def check(tasks: tuple[str, ...], jobs: int, repeats: int, sandbox: str, as_json: bool) -> None:
    """Prove that tasks are sound: every gate, with evidence. Default: all tasks in ./task_repos.

    Exit status 1 when a gate holds a task back.
    """
    from evaluator.cli.progress import counting
    from evaluator.report.gates import print_verdicts
    from evaluator.run.gates import check_task, failed
    from evaluator.run.hosts import open_host
    from evaluator.run.plan import task_folders
    from evaluator.task import load_task

    loaded = [load_task(folder) for folder in task_folders(tasks)]
    verdicts = {}
    for task in loaded:
        host = open_host(sandbox, f"check-{task.id}")
        with counting(task.id) as progress, tempfile.TemporaryDirectory(prefix="relaybench-check-") as scratch:
            try:
                verdicts[task.id] = check_task(
                    task, host, scratch=Path(scratch), jobs=jobs, repeats=repeats, say=progress.say, done=progress.done
                )
            except KeyboardInterrupt:
                sys.exit(130)
            finally:
                host.remove_all()
    if as_json:
        click.echo(
            json.dumps({task: [vars(verdict) for verdict in found] for task, found in verdicts.items()}, indent=1)
        )
    else:
        for task_id, found in verdicts.items():
            print_verdicts(task_id, found)
    sys.exit(1 if any(failed(found) for found in verdicts.values()) else 0)
