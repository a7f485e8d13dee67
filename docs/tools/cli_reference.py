"""docs/cli.md: every command with its options, as `--help` tells them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from evaluator.cli import relaybench

TOP = """\
# Commands

<!-- Made from the commands themselves by `make docs`; a test holds it. -->

What `relaybench COMMAND --help` says, in one place. Everything a command prints for people goes to standard error
while it works and to standard output when it is done; with `--json` standard output holds one JSON document and nothing
else.

| exit status | |
| --: | --- |
| 0 | it was done, whatever the scores |
| 1 | infrastructure errors; or what a command says of itself below |
| 2 | wrong usage, or nothing to work with |
| 130 | interrupted |
"""


def reference() -> str:
    """The page."""
    return "\n".join([TOP, *_commands(relaybench, "relaybench")]).rstrip() + "\n"


def _commands(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command  # noqa: S101 - it is one of its own list
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield from _command(command, f"{path} {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"## {path}\n"
    yield _prose(command.help or "") + "\n"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    yield "| option | |\n| :-- | :-- |"
    for option in command.params:
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record:
            yield f"| `{_cell(record[0])}` | {_cell(_as_text(record[1]))} |"
    yield ""


def _prose(help_text: str) -> str:
    r"""The help with its examples (after a \b) as code."""
    blocks = []
    for block in inspect.cleandoc(help_text).split("\n\n"):
        example = block.startswith("\b\n")
        blocks.append(f"```sh\n{block[2:]}\n```" if example else _as_text(block))
    return "\n\n".join(blocks)


def _as_text(text: str) -> str:
    """Options are shown as code, and nothing is taken for markup."""
    parts = re.split(r"(`[^`]*`)", text)  # every other one is code already
    for n in range(0, len(parts), 2):
        parts[n] = re.sub(r"(?<![\w-])(--[a-z][\w-]*)", r"`\1`", parts[n].replace("<", "&lt;"))
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
