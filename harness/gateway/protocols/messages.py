"""Anthropic's Messages."""

from __future__ import annotations

from dataclasses import replace

from harness.gateway.ledger import Tokens
from harness.gateway.protocols.dialect import Json, Reading, Route, number, tail
from harness.gateway.protocols.dialect import event as sse_event

NAME = "messages"
PROVIDER = "anthropic"
MARKS: tuple[bytes, ...] = (b'"message_start"', b'"message_delta"')

_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def route(method: str, path: str) -> Route | None:
    """See `Dialect.route`."""
    if method == "POST" and tail(path, "messages"):
        return Route("generate", "/v1/messages")
    if method == "POST" and tail(path, "messages/count_tokens"):
        return Route("count", "/v1/messages/count_tokens")
    return None


def streamed(route: Route, body: Json) -> bool:
    """See `Dialect.streamed`."""
    return body.get("stream") is True


def model(route: Route, body: Json) -> str:
    """See `Dialect.model`."""
    return str(body.get("model", ""))


def with_model(route: Route, body: Json, model: str) -> tuple[Route, Json]:
    """See `Dialect.with_model`."""
    return route, {**body, "model": model}


def max_tokens(body: Json) -> int | None:
    """See `Dialect.max_tokens`."""
    return number(body, "max_tokens") or None


def with_max_tokens(body: Json, most: int) -> Json:
    """See `Dialect.with_max_tokens`."""
    return {**body, "max_tokens": most}


def auxiliary(body: Json) -> bool:
    """See `Dialect.auxiliary`."""
    return not body.get("tools")


def read_body(body: Json) -> Tokens | None:
    """See `Dialect.read_body`. `input_tokens` excludes what was read from or written to a cache."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    cached, written = number(usage, "cache_read_input_tokens"), number(usage, "cache_creation_input_tokens")
    return Tokens(
        input=number(usage, "input_tokens") + cached + written,
        cached=cached,
        cache_write=written,
        output=number(usage, "output_tokens"),
    )


def read_event(reading: Reading, event: Json) -> None:
    """See `Dialect.read_event`: input comes with the start, output with the last delta, which may repeat the input."""
    if event.get("type") == "message_start":
        reading.tokens = read_body(event.get("message") or {})
    elif event.get("type") == "message_delta" and isinstance(event.get("usage"), dict):
        late = read_body(event)
        assert late  # noqa: S101 - there is usage
        start = reading.tokens or Tokens()
        repeats_input = number(event, "usage", "input_tokens") > 0
        reading.tokens = late if repeats_input and late.input >= start.input else replace(start, output=late.output)
        reading.final = True


def error(status: int, message: str) -> Json:
    """See `Dialect.error`."""
    kind = _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message}}


def error_event(status: int, message: str) -> bytes:
    """See `Dialect.error_event`."""
    return sse_event(error(status, message), "error")


def models(names: list[str]) -> Json:
    """See `Dialect.models`."""
    data = [{"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"} for name in names]
    return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
