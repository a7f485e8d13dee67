"""relaybench rescore"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="rescore")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--measure", is_flag=True, help="Analyse the agents' changes again, too, from their histories.")
@click.option("--jobs", "-j", type=click.IntRange(1, 256), help="Processes. Default: one, or all for a large run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(runs: tuple[Path, ...], measure: bool, jobs: int | None, as_json: bool) -> None:
    """Compute a run's scores again from what is stored: no boxes, no agents.

    Files are written only where something changed.
    """
    from evaluator.run.rescore import rescore

    done = {str(run): rescore(run, measure=measure, jobs=jobs) for run in runs}
    if as_json:
        click.echo(json.dumps([{"run_dir": run, "trials": d.trials, "changed": d.changed} for run, d in done.items()]))
        return
    for run, found in done.items():
        what = f"{found.changed} changed" if found.changed else "nothing changed"
        click.echo(f"{run}: {found.trials} trials scored again, {what}")
