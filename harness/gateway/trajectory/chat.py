"""Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.gateway.trajectory.parts import (
    Draft,
    Item,
    Json,
    Result,
    Said,
    ToolCall,
    arguments,
    obj,
    objects,
    string,
    text_of,
    tool,
)

_SOURCES = {"system": "system", "developer": "system", "user": "user"}


def request(body: Json) -> Iterator[Item]:
    """What a request repeats of the conversation."""
    for message in objects(body.get("messages")):
        role = message.get("role")
        if role == "tool":
            yield Result(string(message.get("tool_call_id")), text_of(message.get("content")))
        elif role == "assistant":
            yield _assistant(message)
        else:
            yield Said(_SOURCES.get(str(role), "user"), text_of(message.get("content")))  # type: ignore[arg-type]


def reply(contents: list[Json]) -> Said | None:
    """What a reply says, plain or in pieces."""
    draft = Draft()
    pieces: dict[int, Json] = {}
    for content in contents:
        for choice in list(objects(content.get("choices")))[:1]:
            if isinstance(choice.get("message"), dict):
                return _assistant(choice["message"])
            delta = obj(choice.get("delta"))
            if words := text_of(delta.get("content")):
                draft.text.append(words)
            if thought := _reasoning(delta):
                draft.reasoning[:] = ["".join([*draft.reasoning, thought])]
            for n, call in enumerate(objects(delta.get("tool_calls"))):
                index = call.get("index")
                piece = pieces.setdefault(index if isinstance(index, int) else n, {"id": "", "name": "", "given": ""})
                about = obj(call.get("function"))
                piece["id"] = piece["id"] or string(call.get("id"))
                piece["name"] += string(about.get("name"))
                piece["given"] += string(about.get("arguments"))
    draft.calls += [ToolCall(one["id"], one["name"], arguments(one["given"])) for one in pieces.values()]
    return draft.said()


def tools(body: Json) -> list[Json]:
    """The tools offered."""
    found = (obj(one.get("function")) for one in objects(body.get("tools")))
    return [tool(one.get("name"), one.get("description"), one.get("parameters")) for one in found]


def _assistant(message: Json) -> Said:
    calls = []
    for call in objects(message.get("tool_calls")):
        about = obj(call.get("function")) or obj(call.get("custom"))
        given = about.get("arguments", about.get("input"))
        calls.append(ToolCall(string(call.get("id")), string(about.get("name")), arguments(given)))
    return Said("agent", text_of(message.get("content")), _reasoning(message), tuple(calls))


def _reasoning(message: Json) -> str:
    """Servers differ in where they put it."""
    return string(message.get("reasoning_content")) or string(message.get("reasoning"))
