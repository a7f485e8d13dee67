"""A model that knows the answer, for any command line: it works with whatever shell tool it is offered.

Each time it is asked something new it runs one shell command (a question to the reporter, the round's patch, the tests,
a hand-in), and then says that it is done. Answers are as whole as a real provider's: real clients check them.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from scripted_provider import Json, Received, Reply, Tokens, sse, usage

Call = tuple[str, Json] | None  # of a tool, by its name, with its arguments
SHELLS = ("exec_command", "shell_command", "shell", "Bash", "bash", "run_shell_command")
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"  # how mini-swe-agent is told, with a command of its own
DONE = 'Done. It said "done".'


class Solver:
    """A `Provider.script`. `patches` are a task's solution by round; `told` is what each answer was said to use."""

    def __init__(self, patches: dict[int, bytes], model: str = "the-model") -> None:
        self.told: list[Tokens] = []
        self._model = model
        self._command = "; ".join(
            (
                "ask-reporter 'Which amount did you enter?'",
                *(f"echo {base64.b64encode(patch).decode()} | base64 -d >/tmp/{n}" for n, patch in patches.items()),
                # In order: what is in already does not go in again.
                "{ " + " || ".join(f"git apply -q /tmp/{n} 2>/dev/null" for n in patches) + "; }",
                "python3 -m pytest -q tests 2>&1 | tail -3",
                # Whatever the agent could find in its box. (This line is in what it searches, and must not match.)
                "{ env; cat /proc/*/environ; find ~ /tmp /run/relay -type f -exec cat {} +; } 2>/dev/null"
                " | grep -aoE 'sk-real[-]key|HOME=/home/agen[t]' | sort -u",
                """printf '{"summary": "did it", "confidence": 0.9}' > "${RELAY_HANDIN:-/home/agent/hand-in.json}" """,
            )
        ).strip()

    def __call__(self, request: Received) -> Reply:
        if request.method != "POST":
            return Reply(json.dumps({"data": [{"id": self._model}], "models": [{"name": self._model}]}).encode())
        if request.path.endswith(("/count_tokens", ":countTokens")):
            return Reply(b'{"input_tokens": 10, "totalTokens": 10}')
        tools = offered(request)
        shell = next((name for name in SHELLS if name in tools), None)
        tokens = Tokens(input=100 + len(self.told), cached=40, output=20)
        self.told.append(tokens)
        number = len(self.told)
        if shell is None:
            return whole(request, number, "A title", None, tokens)
        if not answered(request):
            return whole(request, number, "", (shell, arguments(tools[shell], self._command)), tokens)
        if len(tools) == 1:
            return whole(request, number, "", (shell, arguments(tools[shell], SUBMIT)), tokens)
        end = ("complete", arguments(tools["complete"], "")) if "complete" in tools else None  # how gptme is told
        return whole(request, number, DONE, end, tokens)


def offered(request: Received) -> dict[str, Json]:
    """The request's tools with the properties of their arguments."""
    found: dict[str, Json] = {}
    for tool in request.body.get("tools") or []:
        for one in tool.get("functionDeclarations") or [tool.get("function") or tool]:
            schema = one.get("parameters") or one.get("input_schema") or one.get("parametersJsonSchema") or {}
            found[str(one.get("name"))] = schema
    return found


def arguments(schema: Json, command: str) -> Json:
    """A shell tool's arguments, whatever it calls them."""
    given: Json = {}
    for name, about in (schema.get("properties") or {}).items():
        if name in ("command", "cmd"):
            given[name] = ["bash", "-c", command] if about.get("type") == "array" else command
        elif name in schema.get("required", ()):
            given[name] = {"boolean": False, "number": 60, "integer": 60}.get(about.get("type"), "the round's work")
    return given


def answered(request: Received) -> bool:
    """Whether the conversation ends with what a tool gave."""
    body = request.body
    if request.protocol == "chat":
        roles = [message["role"] for message in body["messages"]]
        return _last(roles, {"tool"}) > _last(roles, {"assistant", "user"})
    if request.protocol == "responses":
        items = [item.get("type", "message") + item.get("role", "") for item in body["input"]]
        return _last(items, {"function_call_output"}) > _last(items, {"messageuser"})
    if request.protocol == "messages":
        content = body["messages"][-1]["content"]
        return isinstance(content, list) and any(block["type"] == "tool_result" for block in content)
    return any("functionResponse" in part for part in body["contents"][-1]["parts"])


def _last(kinds: list[str], wanted: set[str]) -> int:
    return max((n for n, kind in enumerate(kinds) if kind in wanted), default=-1)


def whole(request: Received, number: int, text: str, call: Call, tokens: Tokens) -> Reply:
    """An answer in the request's protocol, streamed if it asks so: a text, or one call of a tool."""
    make = {"chat": _chat, "responses": _responses, "messages": _messages, "gemini": _gemini}[request.protocol]
    body, events = make(number, text, call, usage(request.protocol, tokens), str(request.body.get("model", "m")))
    return Reply(events if request.stream else json.dumps(body).encode())


def _chat(number: int, text: str, call: Call, counts: Json, model: str) -> tuple[Json, list[Any]]:
    head = {"id": f"chatcmpl-{number}", "created": 1_700_000_000, "model": model}
    message: Json = {"role": "assistant", "content": text or None}
    end = "stop"
    if call:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        message["tool_calls"] = [{"id": f"call-{number}", "type": "function", "function": function}]
        end = "tool_calls"
    choice = {"index": 0, "message": message, "finish_reason": end}
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": counts}

    def chunk(delta: Json, finish: str | None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return sse({**head, "object": "chat.completion.chunk", "choices": choices})

    delta = {**message, "tool_calls": [{"index": 0, **one} for one in message["tool_calls"]]} if call else message
    last = sse({**head, "object": "chat.completion.chunk", "choices": [], "usage": counts})
    return body, [chunk(delta, None), chunk({}, end), last, sse("[DONE]")]


def _responses(number: int, text: str, call: Call, counts: Json, model: str) -> tuple[Json, list[Any]]:
    if call:
        item: Json = {"type": "function_call", "id": f"fc-{number}", "call_id": f"call-{number}", "name": call[0],
                      "arguments": json.dumps(call[1]), "status": "completed"}  # fmt: skip
    else:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        item = {
            "type": "message",
            "id": f"msg-{number}",
            "role": "assistant",
            "status": "completed",
            "content": content,
        }
    head = {"id": f"resp-{number}", "object": "response", "created_at": 1_700_000_000, "model": model}
    body = {**head, "status": "completed", "output": [item], "usage": counts}
    events: list[Any] = [
        {"type": "response.created", "response": {**head, "status": "in_progress", "output": [], "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": body},
    ]
    return body, [sse(event, event["type"]) for event in events]


def _messages(number: int, text: str, call: Call, counts: Json, model: str) -> tuple[Json, list[Any]]:
    head = {"id": f"msg-{number}", "type": "message", "role": "assistant", "model": model, "stop_sequence": None}
    if call:
        block: Json = {"type": "tool_use", "id": f"toolu_{number}", "name": call[0], "input": call[1]}
        begun: Json = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
    else:
        block, begun, delta = (
            {"type": "text", "text": text},
            {"type": "text", "text": ""},
            {"type": "text_delta", "text": text},
        )
    stop = "tool_use" if call else "end_turn"
    body = {**head, "content": [block], "stop_reason": stop, "usage": counts}
    start = {**head, "content": [], "stop_reason": None, "usage": {**counts, "output_tokens": 1}}
    events: list[Any] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None},
         "usage": {"output_tokens": counts["output_tokens"]}},
        {"type": "message_stop"},
    ]  # fmt: skip
    return body, [sse(event, event["type"]) for event in events]


def _gemini(number: int, text: str, call: Call, counts: Json, model: str) -> tuple[Json, list[Any]]:
    part = {"functionCall": {"name": call[0], "args": call[1]}} if call else {"text": text}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    body = {"candidates": [candidate], "usageMetadata": counts, "modelVersion": model, "responseId": f"r-{number}"}
    return body, [sse(body)]
