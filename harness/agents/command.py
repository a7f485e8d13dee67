"""Any program as an agent: described in a TOML file, run in the box, continued in later turns.

The message lies in a file; the turn ends when the program exits, or at the deadline, when it is killed with all its
children. In the box it finds `ask-reporter`, $RELAY_ROUND, and nothing else of ours; where its file names
{gateway_url}, models answer there, for {gateway_key}. The file's format is in `agent_file.py`.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.agents.agent_file import AgentFile, Command
from harness.agents.channel import Channel
from harness.agents.gateway_line import PORT, Line, open_line
from harness.agents.install import PLACE, Installed
from harness.agents.preface import with_preface
from harness.agents.protocol import OUTPUT_TAIL, AgentError, Ask, Needs, Turn, TurnEnd
from harness.inside import program
from harness.sandbox import RELAY_DIR, BoxGone, BoxSpec, Completed, Limits, Sandbox, SandboxError, SandboxHost
from harness.sandbox.tree import printable

if TYPE_CHECKING:
    from harness.gateway import Session

HAND_IN = "/home/agent/hand-in.json"
HAND_IN_CAP = 65_537  # bytes; one more than anybody reads
GATEWAY_URL = f"http://127.0.0.1:{PORT}"
PRINTED_CAP = 16 << 20  # bytes of what a program prints; what counts most comes last

_RELAY = "with-gateway"
_IS_THERE = 'case $1 in /*) test -f "$1" && test -x "$1" ;; *) command -v "$1" ;; esac'


class CommandAgent:
    """Runs an agent file's program."""

    def __init__(self, spec: AgentFile, session: Session | None = None, installed: Installed | None = None) -> None:
        self._spec = spec
        self._installed = installed
        self._session = session
        self._line: Line | None = None
        self._channel: Channel | None = None
        self._started = False
        self._conversation: str | None = None  # the program's own name for it

    @property
    def files(self) -> Path | None:
        """See `Agent.files`."""
        return self._spec.files

    @property
    def needs(self) -> Needs:
        """See `needs_of`."""
        spec = self._spec
        mounts = {PLACE: self._installed.folder} if self._installed else {}
        gateway = self._session.socket.parent if self._session else None
        return Needs(mounts, spec.memory_mb, spec.pids, spec.home_mb, gateway)

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """Open the line to the reporter. In a new box there is nothing to go on with: it begins as with the first."""
        self.leave()
        self._box = box
        self._started = False
        self._conversation = None if self._spec.command.session_pattern else str(uuid.uuid4())
        self._channel = Channel(box, ask)
        if self._session:
            self._line = open_line(box, self._session.socket)
            if not box.one_loopback:
                self._channel.write(_RELAY, program("relay").read_text())
        self._fill_home()

    def turn(self, turn: Turn) -> TurnEnd:
        """Run the program on one message."""
        assert self._channel, "turn before enter"  # noqa: S101
        command, name = self._spec.command, f"message-{turn.round}.md"
        goes_on = self._started and command.next and self._conversation
        message = with_preface(turn.message, HAND_IN) if self._spec.preface and not self._started else turn.message
        self._channel.write(name, message)
        self._started = True
        known = {**self._known(), "message": message, "message_file": f"{RELAY_DIR}/{name}", "round": str(turn.round)}
        done = self._box.run(
            [*self._relay(), *(_filled(part, known) for part in (goes_on and command.next) or command.first)],
            timeout_s=turn.timeout_s,
            stdin=message.encode() if command.stdin else b"",
            env={
                "RELAY_ROUND": str(turn.round),
                "RELAY_HANDIN": HAND_IN,
                **{key: _filled(text, known) for key, text in command.env.items()},
            },
            output_cap=PRINTED_CAP,
            stop=self._session.limit_hit if self._session else None,
        )
        if command.session_pattern:
            self._conversation = _found(command.session_pattern, done) or self._conversation
        return replace(_judged(command, done), said=self._said())

    def _fill_home(self) -> None:
        """Write the agent file's files into the agent's home."""
        for path, text in self._spec.home.items():
            script = 'cd && mkdir -p "$(dirname "$1")" && cat >"$1"'
            content = _filled(text, self._known()).encode()
            done = self._box.run(["sh", "-c", script, "sh", path], timeout_s=30, stdin=content)
            if done.code != 0:
                raise SandboxError(f"~/{path} could not be written into the agent's box: {done.stderr[-200:]!r}")

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

    def _known(self) -> dict[str, str]:
        """What placeholders stand for, whatever the message."""
        program = self._installed.program if self._installed else ""
        return {"program": program, "cli": PLACE, "session": self._conversation or "", **self._access()}

    def _access(self) -> dict[str, str]:
        """What the file may say of models. A line that broke while the box was frozen is laid again."""
        if not self._session:
            return {}
        if self._line and not self._line.works():
            self._line.close()
            self._line = open_line(self._box, self._session.socket)
        session = self._session
        return {"gateway_url": GATEWAY_URL, "gateway_key": session.token, "model": session.model or ""}

    def _relay(self) -> list[str]:
        """What the command runs under where it has a loopback of its own."""
        if not self._line or self._box.one_loopback:
            return []
        return ["python3", "-I", f"{RELAY_DIR}/{_RELAY}", self._line.socket, str(PORT)]


def check_starts(spec: AgentFile, installed: Installed | None, host: SandboxHost, image: str) -> None:
    """Look whether boxes of an image have the program. Raises `AgentError`: what nobody can start is no bad agent."""
    agent = CommandAgent(spec, None, installed)
    program = _filled(spec.command.first[0], agent._known())
    if "/" in program and not program.startswith("/"):
        return  # in the workspace, which is the task's
    box = BoxSpec(image, "agent", Limits(memory_mb=128), files=spec.files, mounts=agent.needs.mounts)
    path = {key: text for key, text in spec.command.env.items() if key == "PATH"}
    with host.open(box) as opened:
        done = opened.run(["sh", "-c", _IS_THERE, "sh", program], timeout_s=30, env=path)
    if done.code != 0:
        raise AgentError(
            f"The agent `{spec.name}` starts with `{program}`, which its boxes do not have. Put it into the folder "
            "that `files` names (it appears at /opt/agent), or have [install] fetch it; harness/agents/presets has "
            "examples of both."
        )


def _filled(text: str, known: Mapping[str, str]) -> str:
    """`text` with its placeholders filled, in one go: what is filled in may look like one."""
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


def _judged(command: Command, done: Completed) -> TurnEnd:
    """How the turn ended, by what the program prints where that can be read, with what it said last."""
    end = TurnEnd.of(done)
    failure = command.failed and _found(command.failed, done)
    if failure is not None and end.reason == "finished":
        end = replace(end, reason="failed")
    words = command.last_words and _found(command.last_words, done)
    if words:
        end = replace(end, output="\n".join(printable(line, 1_000) for line in words[-OUTPUT_TAIL:].splitlines()))
    return end


def _found(pattern: str, done: Completed) -> str | None:
    """The last match of a pattern in what was printed: its group as JSON text, if it has one."""
    matches = deque(re.finditer(pattern, done.stdout.decode(errors="replace")), maxlen=1)
    if not matches:
        return None
    last = matches[0]
    text = last[1] if last.re.groups else last[0]
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
