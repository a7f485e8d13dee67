"""Any program as an agent: described in a TOML file, run in the box, continued in later turns.

The message lies in a file; the turn ends when the program exits, or at the deadline, when it is killed with all its
children. In the box it finds `ask-reporter`, $RELAY_ROUND, and nothing else of ours; where its file names
{gateway_url}, models answer there, for {gateway_key}.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from harness.agents.channel import Channel
from harness.agents.gateway_line import PORT, SOCKET, GatewayLine
from harness.agents.protocol import AgentError, Ask, Turn, TurnEnd
from harness.formats import FormatError, Strict, read_toml
from harness.inside import program
from harness.sandbox import RELAY_DIR, BoxGone, Sandbox

if TYPE_CHECKING:
    from harness.gateway import Session

HAND_IN = "/home/agent/hand-in.json"
HAND_IN_CAP = 65_537  # bytes; one more than anybody reads
GATEWAY_URL = f"http://127.0.0.1:{PORT}"


_RELAY = "with-gateway"


class Command(Strict):
    """How the program is started: `first` for the first turn of a trial, `next` (default `first`) for all others."""

    first: Annotated[list[str], Field(min_length=1)]
    next: Annotated[list[str], Field(min_length=1)] | None = None
    env: dict[str, str] = {}

    def names(self, placeholder: str) -> bool:
        """Whether a placeholder is used anywhere."""
        texts = [*self.first, *(self.next or []), *self.env.values()]
        return any("{" + placeholder + "}" in text for text in texts)


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

    def __init__(self, spec: AgentFile, session: Session | None = None) -> None:
        self._spec = spec
        self._session = session
        self._line: GatewayLine | None = None
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
        if self._session:
            self._line = GatewayLine(box, self._session.socket)
            if not box.one_loopback:
                self._channel.write(_RELAY, program("with_gateway").read_text())

    def turn(self, turn: Turn) -> TurnEnd:
        """Run the program on one message."""
        assert self._channel, "turn before enter"  # noqa: S101
        name = f"message-{turn.round}.md"
        self._channel.write(name, turn.message)
        command = self._spec.command
        argv = (command.next if self._started and command.next else None) or command.first
        self._started = True
        known = {"message_file": f"{RELAY_DIR}/{name}", "round": str(turn.round), **self._access()}
        done = self._box.run(
            [*self._relay(), *(_filled(part, known) for part in argv)],
            timeout_s=turn.timeout_s,
            env={
                "RELAY_ROUND": str(turn.round),
                "RELAY_HANDIN": HAND_IN,
                **{key: _filled(text, known) for key, text in command.env.items()},
            },
            stop=self._session.limit_hit if self._session else None,
        )
        return replace(TurnEnd.of(done), said=self._said())

    def _said(self) -> bytes:
        """The file at $RELAY_HANDIN, which is taken away: what was said of one hand-in is not said of the next."""
        if self._box.lost:
            return b""
        read = ["sh", "-c", f"head -c {HAND_IN_CAP} {HAND_IN} 2>/dev/null && rm -f {HAND_IN}"]
        try:
            return self._box.run(read, timeout_s=5).stdout
        except BoxGone:
            return b""

    def leave(self) -> None:
        """Close the lines to the reporter and to the gateway."""
        if self._channel:
            self._channel.close()
            self._channel = None
        if self._line:
            self._line.close()
            self._line = None

    def _access(self) -> dict[str, str]:
        """What the file may say of models. A line that broke while the box was frozen is laid again."""
        if not self._session:
            return {}
        if self._line and not self._line.alive:
            self._line.close()
            self._line = GatewayLine(self._box, self._session.socket)
        session = self._session
        return {"gateway_url": GATEWAY_URL, "gateway_key": session.token, "model": session.model or ""}

    def _relay(self) -> list[str]:
        """What the command runs under where it has a loopback of its own."""
        if not self._session or self._box.one_loopback:
            return []
        return ["python3", "-I", f"{RELAY_DIR}/{_RELAY}", SOCKET, str(PORT)]


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text
