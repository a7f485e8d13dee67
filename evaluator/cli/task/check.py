"""relaybench task check"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from pathlib import Path

import click


@click.command(name="check")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option(
    "--changed",
    is_flag=False,
    flag_value="origin/main",
    metavar="[BASE]",
    help="Only tasks in ./task_repos that differ from where the branch left BASE (origin/main).",
)
@click.option("--variant", "variants", multiple=True, metavar="NAME", help="Prove a variant as well. Repeatable.")
@click.option("--gate", "only", multiple=True, metavar="NAME", help="Only gates of that name (wrong, mutant, ...).")
@click.option("--jobs", "-j", default=2, show_default=True, type=click.IntRange(1, 64), help="Gates at a time.")
@click.option("--repeats", default=20, show_default=True, type=click.IntRange(0, 1000), help="Shuffled repeats.")
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "docker", "bubblewrap"]))
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as one JSON document.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Write the tables there as well.")
def command(
    tasks: tuple[str, ...], changed: str | None, jobs: int, repeats: int, sandbox: str, as_json: bool,
    variants: tuple[str, ...], only: tuple[str, ...], markdown: Path | None,
) -> None:  # fmt: skip
    """Prove that tasks are sound: every gate, with evidence. Default: all tasks in ./task_repos.

    Exit status 1 when a gate holds a task back.
    """
    from evaluator.cli.task.counting import counting
    from evaluator.report.gates import markdown_verdicts, print_verdicts
    from evaluator.run.changed import changed_tasks
    from evaluator.run.gates import check_task, failed
    from evaluator.run.hosts import open_host
    from evaluator.run.plan import task_folders, with_variants
    from evaluator.task import load_task

    if changed and tasks:
        raise click.UsageError("Name tasks or give --changed, not both.")
    folders = changed_tasks(changed) if changed else task_folders(tasks)
    loaded = with_variants([load_task(folder) for folder in folders], variants)
    verdicts = {}
    for task in loaded:
        host = open_host(sandbox, f"check-{task.id}-{secrets.token_hex(3)}")  # beside another check of it
        with counting(task.id) as progress, tempfile.TemporaryDirectory(prefix="relaybench-check-") as scratch:
            try:
                verdicts[task.id] = check_task(
                    task, host, scratch=Path(scratch), jobs=jobs, repeats=repeats, only=only, say=progress.say,
                    done=progress.done,
                )  # fmt: skip
            except KeyboardInterrupt:
                sys.exit(130)
            finally:
                host.remove_all()
    if markdown:
        markdown.write_text("".join(markdown_verdicts(*row) for row in verdicts.items()), encoding="utf-8")
    if as_json:
        click.echo(
            json.dumps({task: [vars(verdict) for verdict in found] for task, found in verdicts.items()}, indent=1)
        )
    elif not verdicts:
        click.echo(f"No task in ./task_repos differs from {changed}.")
    else:
        for task_id, found in verdicts.items():
            print_verdicts(task_id, found)
    sys.exit(1 if any(failed(found) for found in verdicts.values()) else 0)
