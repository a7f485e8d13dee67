"""relaybench compare"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from evaluator.run.results.choose import Bar


@click.command(name="compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--agent",
    "agents",
    multiple=True,
    metavar="AGENT",
    help="Which agents, where the runs hold more than two: the first is A, the second B.",
)
@click.option(
    "--at-least",
    "bars",
    multiple=True,
    metavar="AXIS=VALUE",
    help="Name the cheapest and the fastest agent that clears this, say correctness=.7. Repeatable.",
)
@click.option(
    "--each-agent", is_flag=True, help="Compare every agent that two runs hold with itself: RUN_A before, RUN_B after."
)
@click.option("--allow-mixed", is_flag=True, help="Compare although boxes, scoring or tasks differ.")
@click.option("--fail-if-worse", is_flag=True, help="Exit 1 when B, or any agent after, is significantly worse.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML, one case an axis.")
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write Markdown to a file (- for standard output).",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON document.")
def command(
    runs: tuple[Path, ...], agents: tuple[str, ...], bars: tuple[str, ...], each_agent: bool, allow_mixed: bool,
    fail_if_worse: bool, junit: Path | None, markdown_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare two agents, paired by task and attempt; or find the one to use.

    \b
    relaybench compare runs/before runs/after --fail-if-worse
    relaybench compare runs/before runs/after --each-agent --fail-if-worse
    relaybench compare runs/one --agent codex --agent claude-code
    relaybench compare runs/* --at-least correctness=.7

    Exit status: 0 compared, 1 with --fail-if-worse when B is significantly worse
    than A on the composite or an axis (Holm-adjusted p below .05), 2 when there is
    nothing to compare or the two do not compare. With --each-agent p is adjusted
    over all agents as well.
    """
    from dataclasses import asdict

    from evaluator.report.comparison import document
    from evaluator.report.comparison_pages import comparison_junit, comparison_markdown, print_comparison
    from evaluator.run.results.choose import choose, offers
    from evaluator.run.results.compare import check_mixed, compare, read_sides
    from evaluator.run.results.counted import is_control

    if as_json and str(markdown_file) == "-":
        raise click.UsageError("--json and --markdown - both want standard output. Name a file for one of them.")
    if each_agent:
        if len(runs) != 2 or agents or bars:
            raise click.UsageError("--each-agent takes two runs, and neither --agent nor --at-least.")
        _each_agent(runs, allow_mixed, fail_if_worse, junit, markdown_file, as_json)
    asked = [_bar(text) for text in bars]
    sides = read_sides(runs, agents)
    if len(sides) != 2 and (not asked or fail_if_worse or junit):
        named = ", ".join(dict.fromkeys(side.label for side in sides))
        raise click.UsageError(f"Two agents are compared; here are {len(sides)}: {named}. Choose by --agent, twice.")
    mixed = check_mixed(sides, allow=allow_mixed)
    found = compare(*sides, mixed=mixed) if len(sides) == 2 else None
    # The ceiling and the floor are nobody's choice, unless they are asked for by name.
    offered = {side.label: side.trials for side in sides if agents or not is_control(side.agent)}
    choice = choose(offers(offered), asked) if asked else None
    if junit and found:
        _write("--junit", junit, comparison_junit(found).decode())
    if markdown_file:
        _write("--markdown", markdown_file, comparison_markdown(found, choice))
    if as_json:
        click.echo(
            json.dumps(
                {"comparison": found and document(found), "choice": choice and asdict(choice)},
                indent=1,
            )
        )
    elif not markdown_file:
        print_comparison(found, choice)
    sys.exit(1 if fail_if_worse and found and found.worse else 0)


def _each_agent(
    runs: tuple[Path, ...], allow_mixed: bool, fail_if_worse: bool, junit: Path | None, markdown_file: Path | None,
    as_json: bool,
) -> NoReturn:  # fmt: skip
    from evaluator.report import before_after as pages
    from evaluator.run.results.before_after import before_after

    found = before_after(*runs, allow_mixed=allow_mixed)
    if junit:
        _write("--junit", junit, pages.before_after_junit(found).decode())
    if markdown_file:
        _write("--markdown", markdown_file, pages.before_after_markdown(found))
    if as_json:
        click.echo(json.dumps(pages.before_after_document(found), indent=1))
    elif not markdown_file:
        pages.print_before_after(found)
    sys.exit(1 if fail_if_worse and found.worse else 0)


def _bar(text: str) -> Bar:
    from evaluator.run.results.choose import Bar

    axis, _, value = text.partition("=")
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not axis.strip() or not math.isfinite(least):
        raise click.UsageError(f"--at-least: `{text}` is not AXIS=VALUE, such as correctness=.7.")
    return Bar(axis.strip(), least)


def _write(option: str, path: Path, text: str) -> None:
    try:
        with click.open_file(str(path), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.UsageError(f"{option}: {path} cannot be written: {error.strerror}.") from error
