"""The shape that every protocol here has. A dialect is a module; what it gives is listed in `Dialect`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from harness.gateway.ledger import Kind, Tokens

Json = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """A request as a dialect understands it. `path` is the provider's, below its base address."""

    kind: Kind
    path: str
    model: str = ""  # where the path names it
    stream: bool = False


@dataclass
class Reading:
    """What a stream has told of its tokens so far; `final` once nothing more will change them."""

    tokens: Tokens | None = None
    final: bool = False


class Dialect(Protocol):
    """One protocol."""

    NAME: str
    PROVIDER: str
    MARKS: tuple[bytes, ...]  # an event with none of these says nothing of tokens

    def route(self, method: str, path: str) -> Route | None:
        """What a request asks for, None if it is not of this dialect."""

    def streamed(self, route: Route, body: Json) -> bool:
        """Whether a stream is asked for."""

    def model(self, route: Route, body: Json) -> str:
        """The model asked for."""

    def with_model(self, route: Route, body: Json, model: str) -> tuple[Route, Json]:
        """The same request to another model."""

    def max_tokens(self, body: Json) -> int | None:
        """The longest answer asked for."""

    def with_max_tokens(self, body: Json, most: int) -> Json:
        """The same request with a shorter answer."""

    def auxiliary(self, body: Json) -> bool:
        """Whether the model is offered no tools: titles, summaries, checks."""

    def read_body(self, body: Json) -> Tokens | None:
        """The tokens of a reply that was not streamed."""

    def read_event(self, reading: Reading, event: Json) -> None:
        """Take in one event of a stream."""

    def error(self, status: int, message: str) -> Json:
        """An error's body."""

    def error_event(self, status: int, message: str) -> bytes:
        """An error in the middle of a stream."""

    def models(self, names: list[str]) -> Json:
        """The list of models."""


def number(of: Any, *keys: str) -> int:
    """A count somewhere in a provider's JSON; what is missing, null or no number is 0."""
    for key in keys:
        of = of.get(key) if isinstance(of, dict) else None
    return of if isinstance(of, int) and not isinstance(of, bool) else 0


def event(data: Json, name: str = "") -> bytes:
    """A server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(data).encode() + b"\n\n"


def tail(path: str, name: str) -> bool:
    """Whether a path is /v1/NAME, or /NAME."""
    return path in (f"/v1/{name}", f"/{name}")
