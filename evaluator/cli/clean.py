"""relaybench clean"""

from __future__ import annotations

import json

import click


@click.command(name="clean")
@click.option("--all", "every", is_flag=True, help="Also what belongs to runs that are still going.")
@click.option("--json", "as_json", is_flag=True, help="Print what was removed as one JSON document.")
def command(every: bool, as_json: bool) -> None:
    """Remove the boxes and volumes that killed runs left behind. Run folders are never touched."""
    from evaluator.run.hosts import remove_orphans

    removed = remove_orphans(every=every)
    if as_json:
        click.echo(json.dumps({"removed": removed}))
    else:
        click.echo("\n".join(f"removed {name}" for name in removed) or "Nothing was left behind.")
