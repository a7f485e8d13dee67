"""OpenAI's Responses: a conversation is a list of items, and a turn of the model's is several of them."""

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
    joined,
    obj,
    objects,
    string,
    text_of,
    tool,
)


def request(body: Json) -> Iterator[Item]:
    """What a request repeats of the conversation."""
    if instructions := text_of(body.get("instructions")):
        yield Said("system", instructions)
    if isinstance(body.get("input"), str):
        yield Said("user", body["input"])
    yield from joined(item for one in objects(body.get("input")) if (item := _item(one)))


def reply(contents: list[Json]) -> Said | None:
    """What a reply says; the end of a stream repeats it whole, but a cut stream has no end."""
    for content in reversed(contents):
        whole = obj(content.get("response")) or content
        if whole.get("object") == "response" and whole.get("output"):
            return _output(list(objects(whole["output"])))
    done = [obj(one.get("item")) for one in contents if one.get("type") == "response.output_item.done"]
    if done:
        return _output(done)
    deltas = [string(one.get("delta")) for one in contents if one.get("type") == "response.output_text.delta"]
    return Draft(text=deltas).said()


def tools(body: Json) -> list[Json]:
    """The tools offered. Those without a schema are named by their type."""
    return [
        tool(one.get("name") or one.get("type"), one.get("description"), one.get("parameters"))
        for one in objects(body.get("tools"))
    ]


def _output(items: list[Json]) -> Said | None:
    found = joined(item for one in items if isinstance(item := _item(one), Said) and item.source == "agent")
    return found[0] if found and isinstance(found[0], Said) else None


def _item(one: Json) -> Item | None:
    kind = string(one.get("type")) or "message"
    if kind == "message":
        role = one.get("role")
        text = text_of(one.get("content"))
        return Said("agent" if role == "assistant" else "user" if role == "user" else "system", text)
    if kind == "reasoning":
        return Said("agent", "", text_of(one.get("summary")) or text_of(one.get("content")))
    if kind.endswith("_output"):
        return Result(string(one.get("call_id")), text_of(one.get("output")))
    if kind.endswith("_call"):
        given = one.get("arguments", one.get("input", one.get("action")))
        name = string(one.get("name")) or kind.removesuffix("_call")
        return Said("agent", "", calls=(ToolCall(string(one.get("call_id") or one.get("id")), name, arguments(given)),))
    return None
