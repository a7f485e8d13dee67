"""relaybench run"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from evaluator.cli.asked import asked

if TYPE_CHECKING:
    from evaluator.run.run import Request

_STOPS = (signal.SIGINT, signal.SIGTERM)
_ONE_S = 0.5  # signals so close are one: timeout(1) sends its own to the process and again to the group


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
@asked
@click.option("--jobs", "-j", default=1, show_default=True, type=click.IntRange(1, 256), help="Trials at a time.")
@click.option(
    "--sandbox",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "docker", "bubblewrap"]),
    help="The kind of box.",
)
@click.option("--runtime", metavar="NAME", help="The Docker engine's runtime for boxes, for instance runsc (gVisor).")
@click.option(
    "--run-dir", type=click.Path(path_type=Path, file_okay=False), help="Where to write. Default: ./runs/<time>."
)
@click.option("--shard", metavar="K/N", help="Run only this part of the trials, such as 2/4: one machine of several.")
@click.option("--resume", is_flag=True, help="Go on with the run in --run-dir: run what is missing or broke.")
@click.option("--dry-run", is_flag=True, help="Run nothing: say what the run would take, from earlier ones in ./runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document on standard output.")
def command(
    jobs: int, run_dir: Path | None, resume: bool, dry_run: bool, as_json: bool, sandbox: str, runtime: str | None,
    **asked_for: Any,
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
    request = Request(jobs=jobs, sandbox=sandbox, runtime=runtime, run_dir=run_dir, resume=resume, **asked_for)
    if dry_run:
        _print_forecast(request, as_json=as_json)
        return
    interrupt_once()
    interrupted = False
    live = "human" not in request.agents  # no table where a person types
    with watching(live=live, jobs=request.jobs, max_usd=request.max_usd) as watcher:
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
    began = 0.0

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal began
        began = time.monotonic()
        for number in _STOPS:
            signal.signal(number, leave)
        raise KeyboardInterrupt

    def leave(_signal: int, _frame: FrameType | None) -> None:
        if time.monotonic() - began < _ONE_S:
            return
        # Threads may wait for boxes: nothing but this ends the process now. The terminal gets its cursor back.
        cursor = b"\x1b[?25h" if sys.stderr.isatty() else b""
        os.write(2, cursor + b"\nLeft at once. `relaybench clean` removes boxes that were still open.\n")
        os._exit(130)

    for number in _STOPS:
        signal.signal(number, stop)
