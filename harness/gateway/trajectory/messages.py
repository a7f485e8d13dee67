"""Anthropic's Messages: tool results come in the user's messages."""

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


def request(body: Json) -> Iterator[Item]:
    """What a request repeats of the conversation."""
    if system := text_of(body.get("system")):
        yield Said("system", system)
    for message in objects(body.get("messages")):
        content = message.get("content")
        if message.get("role") == "assistant":
            yield _assistant(content) or Said("agent", "")
            continue
        if isinstance(content, str):
            yield Said("user", content)
            continue
        words = []
        for part in objects(content):
            if part.get("type") == "tool_result":
                failed = part.get("is_error")
                given = text_of(part.get("content"))
                yield Result(string(part.get("tool_use_id")), given, failed if isinstance(failed, bool) else None)
            else:
                words.append(text_of(part))
        if words:
            yield Said("user", "\n".join(words))


def reply(contents: list[Json]) -> Said | None:
    """What a reply says, plain or in pieces."""
    blocks: dict[int, Json] = {}
    for content in contents:
        if content.get("type") == "message":
            return _assistant(content.get("content"))
        index = content.get("index")
        if not isinstance(index, int):
            continue
        if content.get("type") == "content_block_start":
            blocks[index] = dict(obj(content.get("content_block")))
        elif content.get("type") == "content_block_delta":
            delta = obj(content.get("delta"))
            block = blocks.setdefault(index, {"type": "text"})
            for key, place in (("text", "text"), ("thinking", "thinking"), ("partial_json", "given")):
                if key in delta:
                    block[place] = string(block.get(place)) + string(delta[key])
    for block in blocks.values():
        if "given" in block:
            block["input"] = arguments(block.pop("given"))
    return _assistant([blocks[index] for index in sorted(blocks)])


def tools(body: Json) -> list[Json]:
    """The tools offered."""
    return [
        tool(one.get("name"), one.get("description"), one.get("input_schema")) for one in objects(body.get("tools"))
    ]


def _assistant(content: object) -> Said | None:
    if isinstance(content, str):
        return Said("agent", content)
    draft = Draft()
    for part in objects(content):
        kind = string(part.get("type"))
        if kind.endswith("tool_use"):
            draft.calls.append(ToolCall(string(part.get("id")), string(part.get("name")), arguments(part.get("input"))))
        elif kind == "thinking":
            draft.reasoning.append(string(part.get("thinking")))
        elif kind == "text":
            draft.text.append(string(part.get("text")))
    return draft.said()
