"""What an agent file says: how a program is installed, started, continued and understood."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from harness.agents.protocol import AgentError
from harness.formats import FormatError, Strict, read_toml


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return text


def _inside(path: str) -> str:
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise ValueError("a path below the home, without `..`")
    return path


Pattern = Annotated[str, AfterValidator(_pattern)]
Pinned = Annotated[str, StringConstraints(pattern=r"^(@[\w.-]+/)?[\w.{}-]+@\d[\w.+{}-]*$")]
PinnedWheel = Annotated[str, StringConstraints(pattern=r"^[\w.-]+==[\w.+!]+$")]


class Command(Strict):
    """How the program is started: `first` for the first turn in a box, `next` (default `first`) for all others.

    With `stdin` the message goes to its standard input as well. Patterns are searched in what it prints:
    `session_pattern` finds the {session} that `next` names, `last_words` (the last match counts) what it says in the
    end, `failed` that it failed whatever its exit status. A pattern's group, if it has one, is the inside of a JSON
    string.
    """

    first: Annotated[list[str], Field(min_length=1)]
    next: Annotated[list[str], Field(min_length=1)] | None = None
    env: dict[str, str] = {}
    stdin: bool = False
    session_pattern: Pattern | None = None
    last_words: Pattern | None = None
    failed: Pattern | None = None


class Install(Strict):
    """What is fetched once onto this machine and appears, unwritable, at /opt/cli in the box.

    `npm` are packages with their exact versions, without what they call optional; {cpu} in one is this machine's
    processor in npm's words. `pip` are all wheels that are needed, the agent's own first, dependencies among them.
    `program`, a glob below the folder, is what {program} stands for.
    """

    npm: list[Pinned] = []
    pip: list[PinnedWheel] = []
    program: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Install:
        if not self.npm and not self.pip:
            raise ValueError("names neither `npm` nor `pip` packages")
        return self


class AgentFile(Strict):
    """An agent file. `files` is a folder beside it whose content appears at /opt/agent; `home` are files written into
    the agent's home before its first turn, by their path there.

    `provider` says whose protocol it speaks, `preface` that its first message shall begin with how things are done
    here. Of its box it needs at least `memory_mb`, `pids` and `home_mb`.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    files: Path | None = None
    provider: Literal["openai", "anthropic", "google"] | None = None
    preface: bool = False
    memory_mb: Annotated[int, Field(ge=0, le=65_536)] = 0
    pids: Annotated[int, Field(ge=0, le=4_096)] = 0
    home_mb: Annotated[int, Field(ge=0, le=8_192)] = 0
    install: Install | None = None
    home: dict[Annotated[str, AfterValidator(_inside)], str] = {}
    command: Command

    def names(self, placeholder: str) -> bool:
        """Whether a placeholder is used anywhere."""
        command = self.command
        texts = [*command.first, *(command.next or []), *command.env.values(), *self.home.values()]
        return any("{" + placeholder + "}" in text for text in texts)


def load_agent_file(path: Path) -> AgentFile:
    """Read an agent file; `files` becomes absolute. Raises `AgentError` with file, key and remedy."""
    try:
        spec = read_toml(path, AgentFile)
    except FormatError as error:
        raise AgentError(f"The agent file cannot be used.\n{error}") from error
    if spec.files is None:
        return spec
    folder = (path.parent / spec.files).resolve()
    if not folder.is_dir():
        raise AgentError(f"{path}: `files`: found {str(spec.files)!r}, which is not a folder beside the agent file.")
    return spec.model_copy(update={"files": folder})
