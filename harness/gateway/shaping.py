"""What a client asks for, and the request as it goes to the provider: byte for byte, unless it must be another."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from harness.gateway.client import Refused
from harness.gateway.hosted_tools import without_hosted_tools
from harness.gateway.limits import DEFAULT_OUTPUT
from harness.gateway.protocols import Dialect, Route

_INCLUDE_USAGE = b'{"stream_options":{"include_usage":true},'
_START = re.compile(rb"\s*\{(?=\s*\")")


@dataclass(frozen=True)
class Asked:
    """What a client asks for. `auxiliary`: the model is offered no tools."""

    raw: bytes
    body: dict[str, Any]
    model: str
    stream: bool
    auxiliary: bool


@dataclass(frozen=True)
class Shaped:
    """The request as it goes to the provider.

    `most` is how many tokens its answer may have. `hosted_tools` were taken out. `drop_usage` says that we alone asked
    for the counts, so the event that brings them is not the client's.
    """

    raw: bytes
    route: Route
    model: str
    most: int
    hosted_tools: tuple[str, ...]
    drop_usage: bool


def read_request(raw: bytes, dialect: Dialect, route: Route) -> Asked:
    """What is asked for. Raises `Refused`."""
    try:
        body = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request's body is not JSON.") from error
    if not isinstance(body, dict):
        raise Refused(400, "The request's body is not a JSON object.")
    auxiliary = route.kind == "generate" and dialect.auxiliary(body)
    return Asked(raw, body, dialect.model(route, body), dialect.streamed(route, body), auxiliary)


def shaped(
    asked: Asked, dialect: Dialect, route: Route, *, model: str | None, allowed: tuple[str, ...], most: int | None
) -> Shaped:
    """The request for the provider: to `model`, whatever was asked for, or to one that is `allowed`; at most `most`
    tokens long in its answer. Raises `Refused`.
    """
    raw, name = asked.raw, model or asked.model
    changed, hosted_tools = without_hosted_tools(asked.body)
    if allowed and not model and name not in allowed:
        raise Refused(400, f"The model {name!r} is not allowed here; {', '.join(allowed)} are.")
    if name != asked.model:
        route, changed = dialect.with_model(route, changed, name)
    if most and route.kind == "generate" and (dialect.max_tokens(changed) or most + 1) > most:
        changed = dialect.with_max_tokens(changed, most)
    if changed is not asked.body:
        raw = json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    drop_usage = False
    if dialect.NAME == "chat" and asked.stream:
        raw, drop_usage = _with_usage(raw, changed)
    return Shaped(raw, route, name, dialect.max_tokens(changed) or DEFAULT_OUTPUT, hosted_tools, drop_usage)


def _with_usage(raw: bytes, body: dict[str, Any]) -> tuple[bytes, bool]:
    """A request for a stream that ends with its counts, and whether that is our wish alone."""
    options = body.get("stream_options")
    if "stream_options" not in body and _START.match(raw):
        return _START.sub(_INCLUDE_USAGE, raw, count=1), True
    if isinstance(options, dict) and options.get("include_usage"):
        return raw, False
    options = {**(options if isinstance(options, dict) else {}), "include_usage": True}
    return json.dumps({**body, "stream_options": options}).encode(), True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. A key that stands twice could mean one model to us and another to the provider."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(400, "The request's body is not JSON that can be understood in one way: a key stands twice.")
    return found
