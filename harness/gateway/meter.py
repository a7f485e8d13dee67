"""Reads the tokens of a reply on its way through."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any

from harness.gateway.ledger import Tokens
from harness.gateway.protocols import Dialect, Reading
from harness.gateway.protocols.chat import only_usage
from harness.gateway.sse import Events, data_of

_KEPT = 9 << 20  # bytes of a stream kept for the record
_PER_TOKEN = 4  # bytes; for text in English and code, from above


class StreamMeter:
    """Follows one stream. `drop_usage`: the counts were asked for by us, so their own event is not the client's."""

    def __init__(self, dialect: Dialect, *, drop_usage: bool, by_event: bool) -> None:
        self._dialect, self._drop_usage, self._by_event = dialect, drop_usage, by_event or drop_usage
        self._events = Events()
        self._reading = Reading()
        self.body = bytearray()
        self.failed = False  # the provider reported an error in the stream

    def feed(self, chunk: bytes) -> list[bytes]:
        """What the client shall get of `chunk`, in pieces: as it came, or by whole events where they matter."""
        if len(self.body) < _KEPT:
            self.body += chunk
        passed = []
        for event in self._events.feed(chunk):
            content = self._read(event)
            if not (self._drop_usage and content is not None and only_usage(content)):
                passed.append(event)
        return passed if self._by_event else [chunk]

    def close(self) -> bytes:
        """What is left for the client at the end of the stream."""
        rest = self._events.close()
        if rest:
            self._read(rest)
        return rest if self._by_event else b""

    def tokens(self) -> Tokens | None:
        """The provider's own count, None when it did not come."""
        return self._reading.tokens if self._reading.final else None

    def partial(self) -> Tokens | None:
        """What the provider told before the stream broke off."""
        return self._reading.tokens

    def _read(self, event: bytes) -> dict[str, Any] | None:
        if b'"error"' not in event and not any(mark in event for mark in self._dialect.MARKS):
            return None
        content = parsed(data_of(event))
        if content is not None:
            self.failed = self.failed or content.get("type") == "response.failed" or bool(content.get("error"))
            self._dialect.read_event(self._reading, content)
        return content


def parsed(data: bytes) -> dict[str, Any] | None:
    """A JSON object, None for anything else. (Gemini's stream without events is a list: its last element counts.)"""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if isinstance(content, list) and content:
        content = content[-1]
    return content if isinstance(content, dict) else None


def plain(data: bytes, encoding: str) -> bytes:
    """A reply's body without its compression, for our own reading; b"" when it cannot be read."""
    if encoding in ("", "identity"):
        return data
    try:
        return zlib.decompressobj(wbits=47).decompress(data, 64 << 20)
    except zlib.error:
        return b""


def estimated_input(body: bytes) -> int:
    """Tokens of a request, from its size."""
    return math.ceil(len(body) / _PER_TOKEN)


def estimated_output(body: bytes) -> int:
    """Tokens of a reply or of what came of one, from the text in it."""
    events = [parsed(data_of(event)) for event in Events().feed(bytes(body) + b"\n\n")]
    contents = [content for content in events if content] or [parsed(bytes(body)) or {}]
    return math.ceil(sum(_spoken(content) for content in contents) / _PER_TOKEN)


_SPEECH = ("text", "content", "delta", "arguments", "partial_json", "thinking", "reasoning", "reasoning_content")


def _spoken(content: Any, counts: bool = False) -> int:
    """Bytes of text under the keys that dialects use for what a model says."""
    if isinstance(content, str):
        return len(content.encode(errors="replace")) if counts else 0
    if isinstance(content, list):
        return sum(_spoken(part, counts) for part in content)
    if isinstance(content, dict):
        return sum(_spoken(value, key in _SPEECH) for key, value in content.items())
    return 0
