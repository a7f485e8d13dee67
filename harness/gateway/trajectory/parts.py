"""What the protocols' conversations are made of, and reading it from JSON that nobody has checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.gateway.meter import parsed
from harness.gateway.sse import Events, data_of

Json = dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """A tool that the model wants used. `id` is what its result names."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True)
class Said:
    """One message of a conversation."""

    source: Literal["system", "user", "agent"]
    text: str
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a tool gave. `failed` is None where the protocol does not say."""

    id: str
    text: str
    failed: bool | None = None


Item = Said | Result


@dataclass
class Draft:
    """An agent's message in the making, from pieces."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)

    def said(self) -> Said | None:
        """The message, None when nothing was said."""
        if not (self.text or self.reasoning or self.calls):
            return None
        return Said("agent", "".join(self.text), "\n".join(part for part in self.reasoning if part), tuple(self.calls))


def contents(body: bytes) -> list[Json]:
    """A reply as JSON objects: the events of a stream, also of one that was cut, or the one of a plain reply."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        found = (parsed(data_of(event)) for event in Events().feed(body + b"\n\n"))
        return [content for content in found if content is not None]
    return list(objects(whole if isinstance(whole, list) else [whole]))


def objects(value: Any) -> Iterator[Json]:
    """The objects in something that should be a list of them."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def obj(value: Any) -> Json:
    """An object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def text_of(content: Any) -> str:
    """The text in a message's content, however it is wrapped; what is no text is named in brackets."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(text_of, content)))
    if not isinstance(content, dict):
        return ""
    for key in ("text", "refusal", "content", "output"):
        if key in content:
            return text_of(content[key])
    return f"[{kind}]" if (kind := string(content.get("type"))) else ""


def arguments(value: Any) -> Json:
    """A tool call's arguments, which come as JSON in a string, as an object, or as free text."""
    if isinstance(value, dict):
        return value
    try:
        found = json.loads(value) if value else {}
    except (ValueError, TypeError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"input": value if isinstance(value, str) else json.dumps(value)}


def tool(name: Any, description: Any, parameters: Any) -> Json:
    """A tool's definition in the form that ATIF wants, whatever the protocol's own."""
    about = {"name": string(name), "description": string(description), "parameters": obj(parameters)}
    return {"type": "function", "function": about}


def joined(items: Iterable[Item]) -> list[Item]:
    """The items, with neighbouring messages of the agent made one: some protocols send its parts apart."""
    found: list[Item] = []
    for item in items:
        last = found[-1] if found else None
        if isinstance(item, Said) and isinstance(last, Said) and item.source == last.source == "agent":
            reasoning = "\n".join(filter(None, (last.reasoning, item.reasoning)))
            found[-1] = Said("agent", last.text + item.text, reasoning, (*last.calls, *item.calls))
        else:
            found.append(item)
    return found
