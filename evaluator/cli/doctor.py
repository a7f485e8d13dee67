"""relaybench doctor"""

from __future__ import annotations

import json
import sys

import click


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON document.")
def command(as_json: bool) -> None:
    """Say what this machine can do, and what it lacks. Exit status 1 when a run could not start."""
    from evaluator.run.doctor import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            mark = "ok" if finding.fine else "NO" if finding.needed else "--"
            click.echo(f"{mark}  {finding.name:<18} {finding.found}")
            if not finding.fine:
                click.echo(f"    {finding.remedy}")
    sys.exit(any(finding.needed and not finding.fine for finding in findings))
