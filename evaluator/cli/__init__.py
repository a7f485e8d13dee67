"""The `relaybench` command: one file a verb, imported when it is called.

Exit status: 0 the evaluation ran (whatever the scores), 1 infrastructure errors, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import traceback

import click

_VERBS = {
    "run": "Evaluate one or more agents.",
    "report": "Show what a run found: terminal, HTML, Markdown.",
    "view": "Show runs in a browser, following those in progress.",
    "compare": "Compare two agents, or find the one to use.",
    "matrix": "Spread a run over the jobs of a CI matrix.",
    "merge": "Make one run of several, such as the shards of a CI matrix.",
    "rescore": "Compute a run's scores again, from what is stored.",
    "task": "List tasks; prove that a task is sound.",
    "doctor": "Say what this machine can do, and what it lacks.",
    "clean": "Remove boxes that a killed run left behind.",
}


class _Verbs(click.Group):
    """Knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command: click.Command = importlib.import_module(f"evaluator.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relaybench", prog_name="relaybench")
def relaybench() -> None:
    """Evaluate software-engineering agents the way work arrives: a vague report, a feature, a refactor."""


def main() -> None:
    """The entry point; the one place where errors become words."""
    try:
        relaybench.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except Exception as error:
        sys.exit(_last_words(error))


def _last_words(error: Exception) -> int:
    """Print a known error as one paragraph, an unknown one as a sentence and the place of its traceback."""
    # Imported here: `relaybench --help` needs none of it.
    from evaluator.run.folder import DiskError, RunError
    from evaluator.task import TaskError
    from harness.agents import AgentError
    from harness.gateway.upstream import GatewayError
    from harness.sandbox import SandboxError

    if isinstance(error, (SandboxError, DiskError)):
        click.echo(f"relaybench: {error}", err=True)
        return 1
    if isinstance(error, (AgentError, GatewayError, TaskError, RunError)):
        click.echo(f"relaybench: {error}", err=True)
        return 2
    with tempfile.NamedTemporaryFile("w", prefix="relaybench-error-", suffix=".log", delete=False) as log:
        log.write(f"{sys.argv}\n{sys.version}\n\n")
        traceback.print_exc(file=log)
    click.echo(
        f"relaybench: an error nobody foresaw: {type(error).__name__}: {error}\n"
        f"The details are in {log.name}; please report it with that file.",
        err=True,
    )
    return 1
