"""Any program as an agent: described in a TOML file, run in the box, continued in later turns.

The message lies in a file; the turn ends when the program exits, or at the deadline, when it is killed with all its
children. In the box it finds `ask-reporter`, $RELAY_ROUND, and nothing else of ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from harness.agents.channel import Channel
from harness.agents.protocol import AgentError, Ask, Turn, TurnEnd
from harness.formats import FormatError, Strict, read_toml
from harness.sandbox import RELAY_DIR, Sandbox


class Command(Strict):
    """How the program is started: `first` for the first turn of a trial, `next` (default `first`) for all others."""

    first: Annotated[list[str], Field(min_length=1)]
    next: Annotated[list[str], Field(min_length=1)] | None = None
    env: dict[str, str] = {}

    @field_validator("first", "next", "env")
    @classmethod
    def _placeholders_are_known(cls, value: list[str] | dict[str, str] | None) -> list[str] | dict[str, str] | None:
        texts = value.values() if isinstance(value, dict) else value or []
        for text in texts:
            if "{gateway_url}" in text:
                raise ValueError("{gateway_url} needs the model gateway, which this version does not have")
        return value


class AgentFile(Strict):
    """An agent file. `files` is a folder beside it whose content appears at /opt/agent."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    files: Path | None = None
    command: Command


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


class CommandAgent:
    """Runs an agent file's program."""

    def __init__(self, spec: AgentFile) -> None:
        self._spec = spec
        self._channel: Channel | None = None
        self._started = False

    @property
    def files(self) -> Path | None:
        """See `Agent.files`."""
        return self._spec.files

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """Open the line to the reporter."""
        self.leave()
        self._box = box
        self._channel = Channel(box, ask)

    def turn(self, turn: Turn) -> TurnEnd:
        """Run the program on one message."""
        assert self._channel, "turn before enter"  # noqa: S101
        name = f"message-{turn.round}.md"
        self._channel.write(name, turn.message)
        command = self._spec.command
        argv = (command.next if self._started and command.next else None) or command.first
        self._started = True
        known = {"message_file": f"{RELAY_DIR}/{name}", "round": str(turn.round)}
        done = self._box.run(
            [_filled(part, known) for part in argv],
            timeout_s=turn.timeout_s,
            env={"RELAY_ROUND": str(turn.round), **{key: _filled(text, known) for key, text in command.env.items()}},
        )
        return TurnEnd.of(done)

    def leave(self) -> None:
        """Close the line to the reporter."""
        if self._channel:
            self._channel.close()
            self._channel = None


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text
