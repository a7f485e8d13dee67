"""OpenAI's Responses."""

from __future__ import annotations

from harness.gateway.ledger import Tokens
from harness.gateway.protocols import chat
from harness.gateway.protocols.dialect import Json, Reading, Route, number, tail
from harness.gateway.protocols.dialect import event as sse_event

NAME = "responses"
PROVIDER = "openai"
MARKS: tuple[bytes, ...] = (b'"response.completed"', b'"response.incomplete"', b'"response.failed"')

streamed = chat.streamed
model = chat.model
with_model = chat.with_model
error = chat.error
models = chat.models


def route(method: str, path: str) -> Route | None:
    """See `Dialect.route`."""
    return Route("generate", "/responses") if method == "POST" and tail(path, "responses") else None


def max_tokens(body: Json) -> int | None:
    """See `Dialect.max_tokens`."""
    return number(body, "max_output_tokens") or None


def with_max_tokens(body: Json, most: int) -> Json:
    """See `Dialect.with_max_tokens`."""
    return {**body, "max_output_tokens": most}


def auxiliary(body: Json) -> bool:
    """See `Dialect.auxiliary`."""
    return not body.get("tools")


def read_body(body: Json) -> Tokens | None:
    """See `Dialect.read_body`. `input_tokens` includes those read from a cache and those written to one."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    return Tokens(
        input=number(usage, "input_tokens"),
        cached=number(usage, "input_tokens_details", "cached_tokens"),
        cache_write=number(usage, "input_tokens_details", "cache_write_tokens"),
        output=number(usage, "output_tokens"),
        reasoning=number(usage, "output_tokens_details", "reasoning_tokens"),
    )


def read_event(reading: Reading, event: Json) -> None:
    """See `Dialect.read_event`: the last event repeats the whole response."""
    response = event.get("response")
    tokens = read_body(response) if isinstance(response, dict) else None
    if tokens:
        reading.tokens, reading.final = tokens, True


def error_event(status: int, message: str) -> bytes:
    """See `Dialect.error_event`."""
    about = error(status, message)["error"]
    data = {"type": "error", "code": about["code"] or about["type"], "message": message, "param": None}
    return sse_event(data, "error")
