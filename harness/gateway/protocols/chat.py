"""OpenAI's Chat Completions, and everybody's who copies it. Also owns OpenAI's errors."""

from __future__ import annotations

from harness.gateway.ledger import Tokens
from harness.gateway.protocols.dialect import Json, Reading, Route, event, number, tail

NAME = "chat"
PROVIDER = "openai"
MARKS: tuple[bytes, ...] = (b'"usage"',)

# Some clients decide by type, not by status, whether to try again.
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded"}


def route(method: str, path: str) -> Route | None:
    """See `Dialect.route`."""
    return Route("generate", "/chat/completions") if method == "POST" and tail(path, "chat/completions") else None


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
    """See `Dialect.max_tokens`; two names are in use."""
    return number(body, "max_completion_tokens") or number(body, "max_tokens") or None


def with_max_tokens(body: Json, most: int) -> Json:
    """See `Dialect.with_max_tokens`."""
    return {**body, ("max_completion_tokens" if "max_completion_tokens" in body else "max_tokens"): most}


def auxiliary(body: Json) -> bool:
    """See `Dialect.auxiliary`."""
    return not (body.get("tools") or body.get("functions"))


def read_body(body: Json) -> Tokens | None:
    """See `Dialect.read_body`. `prompt_tokens` includes those read from a cache and those written to one."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return None
    return Tokens(
        input=number(usage, "prompt_tokens"),
        cached=number(usage, "prompt_tokens_details", "cached_tokens"),
        cache_write=number(usage, "prompt_tokens_details", "cache_write_tokens"),
        output=number(usage, "completion_tokens"),
        reasoning=number(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def read_event(reading: Reading, event: Json) -> None:
    """See `Dialect.read_event`. Some servers send running totals: the last one holds."""
    tokens = read_body(event)
    if tokens:
        reading.tokens, reading.final = tokens, True


def only_usage(event: Json) -> bool:
    """Whether this is the extra event that `include_usage` brings: no choices, only counts."""
    return event.get("choices") == [] and isinstance(event.get("usage"), dict)


def error(status: int, message: str) -> Json:
    """See `Dialect.error`."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "code": _CODES.get(status), "param": None}}


def error_event(status: int, message: str) -> bytes:
    """See `Dialect.error_event`."""
    return event(error(status, message))


def models(names: list[str]) -> Json:
    """See `Dialect.models`."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "relaybench"} for name in names]
    return {"object": "list", "data": data}
