"""The dialects of model APIs: one file each, all of the same shape (`Dialect`), tried in this order."""

from __future__ import annotations

from harness.gateway.protocols import chat, gemini, messages, responses
from harness.gateway.protocols.dialect import Dialect, Reading, Route

__all__ = ["ALL", "Dialect", "Reading", "Route", "find", "spoken_for"]

ALL: tuple[Dialect, ...] = (chat, responses, messages, gemini)


def find(method: str, path: str, headers: dict[str, str]) -> tuple[Dialect, Route] | None:
    """Who understands a request, and as what."""
    if method == "GET" and path in ("/v1/models", "/models"):
        return (messages if "anthropic-version" in headers else chat), Route("models", "/models")
    for dialect in ALL:
        route = dialect.route(method, path)
        if route:
            return dialect, route
    return None


def spoken_for(path: str, headers: dict[str, str]) -> Dialect:
    """In whose dialect to refuse what nobody understands."""
    if "anthropic-version" in headers or "/messages" in path:
        return messages
    return gemini if "x-goog-api-key" in headers or path.startswith("/v1beta") else chat
