"""Google's generateContent. The model and whether to stream stand in the path."""

from __future__ import annotations

import re
from urllib.parse import quote

from harness.gateway.ledger import Kind, Tokens
from harness.gateway.protocols.dialect import Json, Reading, Route, event, number

NAME = "gemini"
PROVIDER = "google"
MARKS: tuple[bytes, ...] = (b'"usageMetadata"',)

_PATH = re.compile(r"^/(v1beta|v1|v1alpha)/models/([^/:]+):(generateContent|streamGenerateContent|countTokens)$")
_STATUS = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def route(method: str, path: str) -> Route | None:
    """See `Dialect.route`."""
    if method == "GET" and path == "/v1beta/models":
        return Route("models", path)
    found = _PATH.match(path) if method == "POST" else None
    if not found:
        return None
    kind: Kind = "count" if found[3] == "countTokens" else "generate"
    return Route(kind, _path(found, found[2]), found[2], found[3] == "streamGenerateContent")


def streamed(route: Route, body: Json) -> bool:
    """See `Dialect.streamed`."""
    return route.stream


def model(route: Route, body: Json) -> str:
    """See `Dialect.model`."""
    return route.model


def with_model(route: Route, body: Json, model: str) -> tuple[Route, Json]:
    """See `Dialect.with_model`."""
    found = _PATH.match(route.path)
    assert found  # noqa: S101 - it was one before
    return Route(route.kind, _path(found, model), model, route.stream), body


def _path(found: re.Match[str], model: str) -> str:
    return f"/{found[1]}/models/{quote(model, safe='')}:{found[3]}"


def max_tokens(body: Json) -> int | None:
    """See `Dialect.max_tokens`."""
    return number(body, "generationConfig", "maxOutputTokens") or None


def with_max_tokens(body: Json, most: int) -> Json:
    """See `Dialect.with_max_tokens`."""
    return {**body, "generationConfig": {**(body.get("generationConfig") or {}), "maxOutputTokens": most}}


def auxiliary(body: Json) -> bool:
    """See `Dialect.auxiliary`."""
    return not body.get("tools")


def read_body(body: Json) -> Tokens | None:
    """See `Dialect.read_body`. The prompt includes cached tokens; thoughts are not among the candidates'."""
    usage = body.get("usageMetadata")
    if not isinstance(usage, dict):
        return None
    thoughts = number(usage, "thoughtsTokenCount")
    return Tokens(
        input=number(usage, "promptTokenCount") + number(usage, "toolUsePromptTokenCount"),
        cached=number(usage, "cachedContentTokenCount"),
        output=number(usage, "candidatesTokenCount") + thoughts,
        reasoning=thoughts,
    )


def read_event(reading: Reading, event: Json) -> None:
    """See `Dialect.read_event`: running totals; they are final with the reason for which the answer ended."""
    reading.tokens = read_body(event) or reading.tokens
    candidates = event.get("candidates")
    if isinstance(candidates, list):
        reading.final = reading.final or any(isinstance(c, dict) and c.get("finishReason") for c in candidates)


def error(status: int, message: str) -> Json:
    """See `Dialect.error`."""
    kind = _STATUS.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
    return {"error": {"code": status, "message": message, "status": kind}}


def error_event(status: int, message: str) -> bytes:
    """See `Dialect.error_event`."""
    return event(error(status, message))


def models(names: list[str]) -> Json:
    """See `Dialect.models`."""
    methods = ["generateContent", "streamGenerateContent", "countTokens"]
    return {"models": [{"name": f"models/{name}", "supportedGenerationMethods": methods} for name in names]}
