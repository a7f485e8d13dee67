"""Server-sent events, as they come off the wire (WHATWG HTML, "Server-sent events")."""

from __future__ import annotations

import re

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


class Events:
    """Splits a stream of bytes into events, each with the blank line that ends it."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The events that `data` completed."""
        seen = max(0, len(self._rest) - 3)  # an end may lie across two pieces; what lies before was looked through
        self._rest += data
        events, start = [], 0
        for end in _END.finditer(self._rest, seen):
            events.append(bytes(self._rest[start : end.end()]))
            start = end.end()
        del self._rest[:start]
        return events

    def close(self) -> bytes:
        """What is left, without its end."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest


def data_of(event: bytes) -> bytes:
    """The data lines of an event."""
    lines = (line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(lines)
