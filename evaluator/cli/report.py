"""relaybench report"""

from __future__ import annotations

import json
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command(name="report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--html",
    "html_folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Pages for a browser; they open from disk and from any web server.",
)
@click.option(
    "--markdown", "markdown_file", type=_FILE, metavar="FILE", help="A page for a job summary or a pull request."
)
@click.option("--junit", "junit_file", type=_FILE, metavar="FILE", help="JUnit XML: a suite a trial, a case a round.")
@click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="All trials as a table, a row a trial.")
@click.option(
    "--parquet",
    "parquet_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The same table, typed (needs pyarrow: pip install 'relaybench[parquet]').",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as one JSON document.")
def command(
    runs: tuple[Path, ...], html_folder: Path | None, markdown_file: Path | None,
    junit_file: Path | None, csv_file: Path | None, parquet_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show what runs found: here, or in files of as many kinds as are asked for.

    \b
    relaybench report runs/one
    relaybench report runs/one --html site --markdown summary.md --junit junit.xml
    relaybench report runs/* --csv trials.csv

    FILE may be - for standard output. docs/analysis.md walks through the table.
    """
    from evaluator.report.junit import junit
    from evaluator.report.markdown import markdown
    from evaluator.report.table import trial_table
    from evaluator.report.table_files import csv_text, parquet_bytes
    from evaluator.report.terminal import print_run

    _check_one_owner({"--markdown": markdown_file, "--junit": junit_file, "--csv": csv_file}, as_json=as_json)
    # All are made before the first is written: what cannot be made leaves nothing half done.
    files: list[tuple[str, Path, bytes]] = []
    if markdown_file:
        files.append(("--markdown", markdown_file, markdown(runs).encode()))
    if junit_file:
        files.append(("--junit", junit_file, junit(runs)))
    if csv_file or parquet_file:
        table = trial_table(runs)
        if csv_file:
            files.append(("--csv", csv_file, csv_text(table).encode()))
        if parquet_file:
            files.append(("--parquet", parquet_file, parquet_bytes(table)))
    for option, path, content in files:
        _write(option, path, content)
    if html_folder:
        _write_site(runs, html_folder)
    if as_json:
        _print_json(runs)
    elif not (files or html_folder):
        for run in runs:
            print_run(run)


def _check_one_owner(files: dict[str, Path | None], *, as_json: bool) -> None:
    """Standard output is for one of them."""
    wanting = [*(["--json"] if as_json else []), *(f"{option} -" for option, path in files.items() if str(path) == "-")]
    if len(wanting) > 1:
        raise click.UsageError(f"Standard output is for one of {', '.join(wanting)}. Name files for the others.")


def _write(option: str, path: Path, content: bytes) -> None:
    try:
        with click.open_file(str(path), "wb") as file:
            file.write(content)
    except OSError as error:
        raise click.UsageError(f"{option}: {path} cannot be written: {error.strerror}.") from error


def _write_site(runs: tuple[Path, ...], folder: Path) -> None:
    from evaluator.cli.progress import writing
    from evaluator.report.site.write import write_site

    with writing() as progress:
        pages = write_site(runs, folder, say=progress)
    click.echo(f"{pages:,} pages: {folder / 'index.html'}", err=True)


def _print_json(runs: tuple[Path, ...]) -> None:
    from evaluator.report.findings import read_findings

    found = [read_findings(run) for run in runs]
    click.echo(
        json.dumps(
            [{"run_dir": str(f.run), **f.summary, "insights": f.insights, "notes": f.notes} for f in found], indent=1
        )
    )
