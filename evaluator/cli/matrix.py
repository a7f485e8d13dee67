"""relaybench matrix"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from evaluator.cli.asked import asked


@click.command(name="matrix")
@click.option(
    "--agent",
    "agents",
    multiple=True,
    required=True,
    metavar="AGENT[=MODEL]",
    help="As for `relaybench run`, and with a model of its own where it has one. Repeatable.",
)
@click.option("--shards", default=1, show_default=True, type=click.IntRange(1, 256), help="Jobs for each agent.")
@asked
@click.option(
    "--sandbox",
    default="docker",
    show_default=True,
    type=click.Choice(["docker", "bubblewrap"]),
    help="The kind of box of every job: what two kinds found does not merge.",
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the plan there, as a run without a trial: merged with the shards it tells what is missing.",
)
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file what this would take, from earlier runs in ./runs.",
)
def command(shards: int, run_dir: Path | None, markdown_file: Path | None, **asked_for: Any) -> None:
    """Spread a run over the jobs of a CI matrix, and check it before the first begins.

    \b
    relaybench matrix --agent codex=gpt-5 --agent nop --attempts 3 --shards 4

    Prints a matrix for GitHub Actions: one line of JSON, a job for each agent and
    shard of its trials. Each job is a `relaybench run --shard`; `relaybench merge`
    joins what they leave.
    """
    from evaluator.report.matrix import matrix_markdown
    from evaluator.run.folder import RunError, RunFolder
    from evaluator.run.forecast import earlier_trials
    from evaluator.run.matrix import HEADINGS, make_matrix, notes, rows
    from evaluator.run.run import RUNS, Request

    matrix = make_matrix(Request(**asked_for), shards, earlier_trials(RUNS))
    if run_dir:
        with RunFolder(run_dir) as folder:
            if folder.info():
                raise RunError(f"{run_dir} already holds a run. Choose another --run-dir.")
            folder.write_info(matrix.info)
    if markdown_file:
        try:
            markdown_file.write_text(matrix_markdown(HEADINGS, rows(matrix), notes(matrix)), encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"--markdown: {markdown_file} cannot be written: {error.strerror}.") from error
    click.echo(json.dumps({"include": [asdict(job) for job in matrix.jobs]}))
