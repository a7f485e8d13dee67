"""relaybench report"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write Markdown to a file (- for standard output).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as one JSON document.")
def command(runs: tuple[Path, ...], markdown_file: Path | None, as_json: bool) -> None:  # fmt: skip
    """Show what one or more runs found."""
    from evaluator.report.findings import read_findings
    from evaluator.report.markdown import markdown
    from evaluator.report.terminal import print_run

    if as_json:
        found = [read_findings(run) for run in runs]
        click.echo(
            json.dumps(
                [{"run_dir": str(f.run), **f.summary, "insights": f.insights, "notes": f.notes} for f in found],
                indent=1,
            )
        )
    elif markdown_file:
        text = "\n".join(markdown(run) for run in runs)
        try:
            with click.open_file(str(markdown_file), "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise click.UsageError(f"--markdown: {markdown_file} cannot be written: {error.strerror}.") from error
    else:
        for run in runs:
            print_run(run)
