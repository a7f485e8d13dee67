"""Our own minimal agent: any model behind an OpenAI-compatible endpoint, a shell, a line to the reporter.

It lives on the host and talks to the gateway like every other agent; only its commands run in the box. A turn is a
conversation of model and tools, and goes on in the same conversation the next time. It ends with `hand_in`, at the
deadline, at a limit, or when the model has nothing to do but talk.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from harness.agents.protocol import Ask, Reason, Turn, TurnEnd
from harness.gateway import Session
from harness.sandbox import WORKSPACE, Sandbox
from harness.sandbox.tree import printable

SYSTEM = f"""You are a software engineer. You work in {WORKSPACE}, a git repository, through the `shell` tool. A \
colleague reports what is wrong or wanted, often vaguely; ask with `ask_reporter` what only they can know. Find the \
root cause, change as little as needed, run the tests, and do not change existing tests. When you are done call \
`hand_in`. Each shell command starts anew in {WORKSPACE} and has no network."""
GO_ON = "Go on with the tools; if you are done, call hand_in."

SHELL_S = 120.0  # the longest single command
SHOWN = 10_000  # characters of a command's output that the model sees
TRIES = 5  # of one model call that fails in a way that may pass
TALK = 2  # answers in a row without a tool call that are taken for the end


@dataclass(frozen=True)
class HandIn:
    """What the model says of its own work. `confidence` is its probability, 0 to 1, that all is right."""

    summary: str = ""
    root_cause: str = ""
    assumptions: tuple[str, ...] = ()
    confidence: float | None = None
    abstain: bool = False


def _tool(name: str, what: str, required: list[str], **properties: dict[str, str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": what, "parameters": schema}}


TOOLS = [
    _tool("shell", "Run a shell command.", ["command"], command={"type": "string"}),
    _tool("ask_reporter", "Ask the person who reported this one question.", ["question"], question={"type": "string"}),
    _tool(
        "hand_in",
        "End the work on this message and hand it in.",
        ["summary", "confidence"],
        summary={"type": "string", "description": "what was done, in a sentence or two"},
        root_cause={"type": "string"},
        assumptions={"type": "string", "description": "what was not known and had to be assumed"},
        confidence={"type": "number", "description": "probability between 0 and 1 that all of it is right"},
        abstain={"type": "boolean", "description": "true if the work is not done and should not be relied on"},
    ),
]


class ModelError(Exception):
    """The model cannot be asked any more in this turn."""


class Chat:
    """One conversation with one model."""

    models = "one"
    files: Path | None = None

    def __init__(self, session: Session) -> None:
        self._session = session
        self._messages: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}]
        self.hand_in: HandIn | None = None  # of the last turn; None when it ended otherwise

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """See `Agent.enter`."""
        self._box, self._ask = box, ask

    def turn(self, turn: Turn) -> TurnEnd:
        """Let the model work on one message until it hands in or time is up."""
        began = time.monotonic()
        deadline = began + turn.timeout_s
        self.hand_in = None
        self._answer_what_was_cut_short()
        self._messages.append({"role": "user", "content": turn.message})
        reason: Reason = "finished"
        try:
            with self._client() as client:
                last = self._converse(client, deadline)
        except ModelError as error:
            reason, last = "failed", str(error)
        if time.monotonic() >= deadline:
            reason = "timed_out"
        wall = time.monotonic() - began
        output = "\n".join(printable(line, 1_000) for line in last.splitlines())
        said = json.dumps(asdict(self.hand_in)).encode() if self.hand_in else b""
        return TurnEnd(reason, wall, overrun_s=max(0.0, wall - turn.timeout_s), output=output[-4_000:], said=said)

    def leave(self) -> None:
        """Nothing to let go: the conversation stays."""

    def _converse(self, client: httpx.Client, deadline: float) -> str:
        """Ask, do what is asked for, ask again; the last words."""
        silent = 0
        while self.hand_in is None and time.monotonic() < deadline:
            message = self._complete(client, deadline)
            self._messages.append(message)
            calls = message.get("tool_calls") or []
            silent = 0 if calls else silent + 1
            if silent == TALK:
                return str(message.get("content") or "")
            if not calls:
                self._messages.append({"role": "user", "content": GO_ON})
            for call in calls:  # all of them: a call without a result is an error to most servers
                result = self._do(call, deadline)
                self._messages.append({"role": "tool", "tool_call_id": call.get("id", ""), "content": result})
        return self.hand_in.summary if self.hand_in else "the deadline came"

    def _answer_what_was_cut_short(self) -> None:
        """A turn may have ended with the box, in the middle of its calls; servers want a result for each."""
        asked = [call.get("id", "") for message in self._messages for call in message.get("tool_calls") or []]
        answered = {message["tool_call_id"] for message in self._messages if message["role"] == "tool"}
        for call in asked:
            if call not in answered:
                self._messages.append({"role": "tool", "tool_call_id": call, "content": "[interrupted]"})

    def _complete(self, client: httpx.Client, deadline: float) -> dict[str, Any]:
        """The model's next message. Raises `ModelError`."""
        body = {"model": self._session.model, "messages": self._messages, "tools": TOOLS}
        said = "the deadline came"
        for attempt in range(TRIES):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            wait = min(2.0**attempt, 30.0)
            try:
                answer = client.post("/v1/chat/completions", json=body, timeout=left)
                if answer.status_code == 200:
                    message = answer.json()["choices"][0]["message"]
                    return {key: value for key, value in message.items() if value is not None}
                said = f"the model's server answers {answer.status_code}: {answer.text[:500]}"
                if answer.status_code < 500 and answer.status_code not in (408, 409, 429):
                    break
                wait = float(answer.headers.get("retry-after", wait))
            except httpx.HTTPError as error:
                said = f"the model's server does not answer: {type(error).__name__}: {error}"
            except (ValueError, LookupError, TypeError, AttributeError):
                said = "the model's server sent no message"
            time.sleep(max(0.0, min(wait, deadline - time.monotonic())))
        raise ModelError(said)

    def _do(self, call: dict[str, Any], deadline: float) -> str:
        """One tool call's result, in words whatever happens: the model can mend its own mistakes."""
        try:
            name = call["function"]["name"]
            given = json.loads(call["function"]["arguments"] or "{}")
            if name == "shell":
                return self._shell(str(given["command"]), deadline)
            if name == "ask_reporter":
                return self._ask(str(given["question"]))
            if name == "hand_in":
                self.hand_in = _hand_in(given)
                return "Handed in."
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            return f"The call is not well formed ({type(error).__name__}: {error})."
        return f"There is no tool {name!r}; there are shell, ask_reporter and hand_in."

    def _shell(self, command: str, deadline: float) -> str:
        limit = max(0.1, min(SHELL_S, deadline - time.monotonic()))
        done = self._box.run(["sh", "-c", command], timeout_s=limit, stop=self._session.limit_hit)
        text = (done.stdout + done.stderr).decode(errors="replace")
        end = f"killed after {limit:.0f} s" if done.timed_out else f"exit status {done.code}"
        return f"{shortened(text)}\n[{end}]"

    def _client(self) -> httpx.Client:
        transport = httpx.HTTPTransport(uds=str(self._session.socket), verify=False)
        headers = {"authorization": f"Bearer {self._session.token}"}
        return httpx.Client(transport=transport, base_url="http://gateway", headers=headers)


def shortened(text: str) -> str:
    """The beginning and the end of a long output, with a note of what is left out between them."""
    if len(text) <= SHOWN:
        return text
    half = SHOWN // 2
    return f"{text[:half]}\n[... {len(text) - SHOWN} characters left out; narrow the command ...]\n{text[-half:]}"


def _hand_in(given: dict[str, Any]) -> HandIn:
    confidence = given.get("confidence")
    return HandIn(
        summary=str(given.get("summary", "")),
        root_cause=str(given.get("root_cause", "")),
        assumptions=(str(given["assumptions"]),) if given.get("assumptions") else (),
        confidence=None if confidence is None else min(1.0, max(0.0, float(confidence))),
        abstain=given.get("abstain") is True,
    )
