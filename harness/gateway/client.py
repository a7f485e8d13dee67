"""The client's side of one request: its body in, an answer out, a hang-up noticed at once."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

LARGEST_BODY = 32 << 20  # bytes, also after decompression; no provider takes more
_BODY_WITHIN_S = 120.0


class Refused(Exception):
    """A request that is answered here, with this status."""

    def __init__(self, status: int, message: str, *, limit: bool = False) -> None:
        super().__init__(message)
        self.status, self.message, self.limit = status, message, limit


class Client:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = Headers(scope=scope)
        self.query: bytes = scope["query_string"]
        self._transport: asyncio.Transport = scope["transport"]
        self._receive, self._send = receive, send
        self._watcher: asyncio.Task[None] | None = None
        self.gone = False
        self.status: int | None = None  # what was answered
        self.sent = 0  # bytes of body

    async def body(self) -> bytes:
        """The whole body, decompressed. Raises `Refused`."""
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise Refused(415, f"Content-Encoding {encoding!r} is not understood here; send gzip, deflate or none.")
        parts, size = [], 0
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):
                more = True
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        self.gone = True
                        raise asyncio.CancelledError
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    more = message.get("more_body", False)
                    if size > LARGEST_BODY:
                        raise Refused(413, f"The request is larger than {LARGEST_BODY >> 20} MiB.")
        except TimeoutError as error:
            raise Refused(408, "The request did not arrive in time.") from error
        data = b"".join(parts)
        return data if encoding == "identity" else _decompressed(data)

    def watch(self) -> None:
        """From now on, cancel the current task when the client hangs up. Only after the body was read."""
        task = asyncio.current_task()
        assert task  # noqa: S101 - this runs in one
        self._watcher = asyncio.create_task(self._watch(task))

    def unwatch(self) -> None:
        """The end is near: let it come."""
        if self._watcher:
            self._watcher.cancel()
            self._watcher = None

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send status and headers."""
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes) -> None:
        """Send a piece of the body now; waits while the client does not read."""
        self.sent += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> bool:
        """Send the last piece; whether the client was still there for it."""
        self.unwatch()
        self.sent += len(data)
        there = not self.cut
        await self._send({"type": "http.response.body", "body": data, "more_body": False})
        return there

    async def say(
        self, status: int, body: dict[str, Any] | bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> bool:
        """A whole answer in JSON; whether the client was still there for it."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        length = (b"content-length", str(len(data)).encode())
        await self.start(status, [(b"content-type", b"application/json"), length, *headers])
        return await self.end(data)

    async def drop(self) -> bool:
        """Cut the connection; whether there was one."""
        self.unwatch()
        there = not self.cut
        self._transport.abort()
        for _ in range(3):  # until uvicorn has noticed, or it would answer 500
            await asyncio.sleep(0)
        return there

    @property
    def cut(self) -> bool:
        """Whether nothing can be sent any more."""
        return self.gone or self._transport.is_closing()

    async def _watch(self, task: asyncio.Task[Any]) -> None:
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await self._receive()
        self.gone = True
        task.cancel()


def query_of(query: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string."""
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else []


def _decompressed(data: bytes) -> bytes:
    """gzip or zlib, up to the cap: a small request must not become a large one here."""
    try:
        unpacker = zlib.decompressobj(wbits=47)
        out = unpacker.decompress(data, LARGEST_BODY + 1)
    except zlib.error as error:
        raise Refused(400, f"The request's body is not what its Content-Encoding says: {error}.") from error
    if len(out) > LARGEST_BODY:
        raise Refused(413, f"The request is larger than {LARGEST_BODY >> 20} MiB.")
    if not unpacker.eof:
        raise Refused(400, "The request's compressed body is not whole.")
    return out
