"""relaybench run"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evaluator.run.run import Request

_STOPS = (signal.SIGINT, signal.SIGTERM)


@click.command(name="run")
@click.option(
    "--agent",
    "agents",
    multiple=True,
    required=True,
    metavar="AGENT",
    help="A built-in agent (chat, human, nop, reference, claude-code, codex, ...), an agent file (./my-agent.toml), "
    "module:Class, or replay:RUN/trials/NAME. Repeatable.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="TASK",
    help="A task's name in ./task_repos, or its folder. Repeatable; default: all in ./task_repos.",
)
@click.option(
    "--attempts", default=1, show_default=True, type=click.IntRange(1, 1000), help="Trials per agent and task."
)
@click.option("--jobs", "-j", default=1, show_default=True, type=click.IntRange(1, 256), help="Trials at a time.")
@click.option(
    "--sandbox",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "docker", "bubblewrap"]),
    help="The kind of box.",
)
@click.option("--runtime", metavar="NAME", help="The Docker engine's runtime for boxes, for instance runsc (gVisor).")
@click.option("--model", metavar="MODEL", help="The model for agents that take one.")
@click.option(
    "--deadline-scale",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Stretch every deadline, for slow machines.",
)
@click.option(
    "--run-dir", type=click.Path(path_type=Path, file_okay=False), help="Where to write. Default: ./runs/<time>."
)
@click.option("--resume", is_flag=True, help="Go on with the run in --run-dir: run what is missing or broke.")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    help="Run each task's variant as well: noisy, renamed, already-fixed, impossible. Repeatable.",
)
@click.option("--twin", is_flag=True, help="Run a well-specified twin of each trial, to see who asks needlessly.")
@click.option(
    "--control", is_flag=True, help="Run each later round from the reference's state, too, to see what carries."
)
@click.option(
    "--own-tests/--no-own-tests",
    default=True,
    show_default=True,
    help="After each trial, judge the agent's own tests: some twenty short runs in boxes.",
)
@click.option(
    "--profile",
    metavar="PROFILE",
    help="Conditions to work under: strict, or a profile file (./my-profile.toml). Default: plain.",
)
@click.option(
    "--max-usd",
    metavar="X",
    type=click.FloatRange(0, min_open=True),
    help="Begin no further trial once the run's trials cost X dollars.",
)
@click.option("--dry-run", is_flag=True, help="Run nothing: say what the run would take, from earlier ones in ./runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document on standard output.")
def command(
    agents: tuple[str, ...], tasks: tuple[str, ...], attempts: int, jobs: int, sandbox: str, runtime: str | None,
    model: str | None, deadline_scale: float, run_dir: Path | None, resume: bool, variants: tuple[str, ...],
    twin: bool, control: bool, own_tests: bool, max_usd: float | None, profile: str | None, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Evaluate agents on tasks: every agent, every task, as many attempts as asked.

    \b
    relaybench run --agent reference
    relaybench run --agent ./my-agent.toml --agent nop --attempts 3 --jobs 2
    """
    from evaluator.cli.progress import watching
    from evaluator.report.terminal import print_run
    from evaluator.run.run import Request, run

    if runtime and sandbox == "bubblewrap":
        raise click.UsageError("--runtime is a Docker engine's; it says nothing to bubblewrap.")
    if resume and run_dir is None:
        raise click.UsageError("--resume needs --run-dir: the folder of the run to go on with.")
    request = Request(
        agents, tasks, attempts, jobs, sandbox, runtime, deadline_scale, run_dir, resume, model, variants, twin,
        control, own_tests, max_usd, profile,
    )  # fmt: skip
    if dry_run:
        _print_forecast(request, as_json=as_json)
        return
    interrupt_once()
    interrupted = False
    with watching(live="human" not in agents, jobs=jobs, max_usd=max_usd) as watcher:  # no table where a person types
        try:
            path, summary = run(request, watcher)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:  # told only now: the table would be drawn over it
        again = f" and --resume --run-dir {watcher.run_dir}" if watcher.run_dir else ""
        click.echo(f"Interrupted; finished trials are kept. Go on with the same command{again}", err=True)
        sys.exit(130)
    if as_json:
        click.echo(json.dumps({"run_dir": str(path), **summary}, indent=1))
    else:
        print_run(path)
    sys.exit(1 if summary["infrastructure_errors"] else 0)


def _print_forecast(request: Request, *, as_json: bool) -> None:
    from evaluator.run.forecast import in_words
    from evaluator.run.run import dry_run

    found = dry_run(request)
    click.echo(json.dumps(asdict(found), indent=1) if as_json else "\n".join(in_words(found)))


def interrupt_once() -> None:
    """Let the first SIGINT or SIGTERM stop the run and tidy up; the next one leaves at once."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for number in _STOPS:
            signal.signal(number, leave)
        raise KeyboardInterrupt

    def leave(_signal: int, _frame: FrameType | None) -> None:
        # Threads may wait for boxes: nothing but this ends the process now. The terminal gets its cursor back.
        cursor = b"\x1b[?25h" if sys.stderr.isatty() else b""
        os.write(2, cursor + b"\nLeft at once. `relaybench clean` removes boxes that were still open.\n")
        os._exit(130)

    for number in _STOPS:
        signal.signal(number, stop)
