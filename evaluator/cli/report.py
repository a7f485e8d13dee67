"""relaybench report"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--html",
    "html_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write pages for a browser to a folder; they open from disk and from any web server.",
)
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write Markdown to a file (- for standard output).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as one JSON document.")
def command(
    runs: tuple[Path, ...], html_folder: Path | None, markdown_file: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Show what one or more runs found."""
    from evaluator.report.findings import read_findings
    from evaluator.report.markdown import markdown
    from evaluator.report.terminal import print_run

    if html_folder:
        from evaluator.cli.progress import writing
        from evaluator.report.site.write import write_site

        with writing() as progress:
            pages = write_site(runs, html_folder, say=progress)
        click.echo(f"{pages:,} pages: {html_folder / 'index.html'}", err=True)
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
    elif not html_folder:
        for run in runs:
            print_run(run)
