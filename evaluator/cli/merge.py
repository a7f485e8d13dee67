"""relaybench merge"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="merge")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--run-dir", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where to write: a new folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
def command(runs: tuple[Path, ...], run_dir: Path, as_json: bool) -> None:
    """Make one run of several, such as the shards of a CI matrix.

    The runs must have been asked alike: the same tasks' bytes, kind of box, deadlines
    and version. A trial that several hold is kept once, the completed one if any.
    """
    from evaluator.report.terminal import print_run
    from evaluator.run.merge import merge

    summary = merge(runs, run_dir)
    if as_json:
        click.echo(json.dumps({"run_dir": str(run_dir), **summary}, indent=1))
    else:
        print_run(run_dir)
