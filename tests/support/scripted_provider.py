"""A model provider of our own: real HTTP on a real port, four protocols, and a script instead of a model.

It keeps its own books (`received`, `told`), which are what a gateway's ledger is held against.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

Json = dict[str, Any]


@dataclass(frozen=True)
class Tokens:
    """Tokens as a ledger counts them: input with cached and cache writes, output with reasoning."""

    input: int = 11
    cached: int = 0
    cache_write: int = 0
    output: int = 7
    reasoning: int = 0


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    raw: bytes
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> Json:
        return json.loads(self.raw)

    @property
    def protocol(self) -> str:
        ends = {"/chat/completions": "chat", "/responses": "responses", "/messages": "messages"}
        return next((name for end, name in ends.items() if self.path.endswith(end)), "gemini")

    @property
    def stream(self) -> bool:
        return "streamGenerateContent" in self.path or self.body.get("stream") is True


@dataclass
class Reply:
    """What to answer. In `body`, bytes are sent at once, a number is a pause in seconds, an Event is waited for, and
    None cuts the connection. A single bytes object is a plain body."""

    body: bytes | list[bytes | float | threading.Event | None]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Provider:
    """Use as a context manager. `script` makes the answer to each request."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.told: list[Tokens] = []  # by `say`, of answers that were sent whole
        self.script: Callable[[Received], Reply] = lambda request: say(request, "hello")

    def __enter__(self) -> Provider:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "HEAD"])])
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)

    def env(self, key: str = "sk-real-key-0123456789") -> dict[str, str]:
        """What a host's environment would say of this provider."""
        return {
            "OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": key,
            "ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": key,
            "GOOGLE_GEMINI_BASE_URL": self.url, "GEMINI_API_KEY": key,
        }  # fmt: skip

    async def _answer(self, request: Request) -> Response:
        raw = await request.body()
        got = Received(request.method, request.scope["path"], request.url.query, dict(request.headers), raw)
        self.received.append(got)
        reply = self.script(got)
        if isinstance(reply.body, bytes):
            headers = {"content-type": "application/json", **reply.headers}
            return Response(reply.body, reply.status, headers)
        headers = {"content-type": "text/event-stream", **reply.headers}
        return StreamingResponse(self._pieces(got, reply.body), reply.status, headers)

    async def _pieces(self, got: Received, body: list[Any]) -> AsyncIterator[bytes]:
        try:
            for piece in body:
                if piece is None:
                    raise ConnectionAbortedError("as the script says")
                if isinstance(piece, bytes):
                    yield piece
                elif isinstance(piece, threading.Event):
                    while not piece.is_set():
                        await asyncio.sleep(0.002)
                else:
                    await asyncio.sleep(piece)
        except asyncio.CancelledError:
            got.hung_up.set()
            raise


def sse(data: Json | str, name: str = "") -> bytes:
    """One event."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def usage(protocol: str, tokens: Tokens) -> Json:
    """The counts in a protocol's own words and with its own idea of what includes what."""
    t = tokens
    if protocol == "chat":
        return {
            "prompt_tokens": t.input, "completion_tokens": t.output, "total_tokens": t.input + t.output,
            "prompt_tokens_details": {"cached_tokens": t.cached, "cache_write_tokens": t.cache_write},
            "completion_tokens_details": {"reasoning_tokens": t.reasoning},
        }  # fmt: skip
    if protocol == "responses":
        return {
            "input_tokens": t.input, "output_tokens": t.output, "total_tokens": t.input + t.output,
            "input_tokens_details": {"cached_tokens": t.cached, "cache_write_tokens": t.cache_write},
            "output_tokens_details": {"reasoning_tokens": t.reasoning},
        }  # fmt: skip
    if protocol == "messages":
        return {
            "input_tokens": t.input - t.cached - t.cache_write, "cache_read_input_tokens": t.cached,
            "cache_creation_input_tokens": t.cache_write, "output_tokens": t.output,
        }  # fmt: skip
    return {
        "promptTokenCount": t.input, "cachedContentTokenCount": t.cached, "thoughtsTokenCount": t.reasoning,
        "candidatesTokenCount": t.output - t.reasoning, "totalTokenCount": t.input + t.output,
    }  # fmt: skip


def say(request: Received, text: str, tokens: Tokens = Tokens(), tools: list[tuple[str, Json]] = []) -> Reply:  # noqa: B006
    """An answer with that text in the request's protocol, streamed if it asks so. `tools` (chat only): calls."""
    stream, protocol = request.stream, request.protocol
    events = stream_of(protocol, text, tokens, include_usage=_asked_for_usage(request)) if stream else None
    if events is not None and not tools:
        return Reply(list(events))
    return Reply(json.dumps(body_of(protocol, text, tokens, tools)).encode())


def _asked_for_usage(request: Received) -> bool:
    return bool((request.body.get("stream_options") or {}).get("include_usage"))


def body_of(protocol: str, text: str, tokens: Tokens, tools: list[tuple[str, Json]] = []) -> Json:  # noqa: B006
    """A plain answer."""
    counts = usage(protocol, tokens)
    if protocol == "chat":
        message: Json = {"role": "assistant", "content": text}
        if tools:
            message["tool_calls"] = [
                {"id": f"call-{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
                for n, (name, given) in enumerate(tools)
            ]
        end = "tool_calls" if tools else "stop"
        return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": end}],
                "usage": counts}  # fmt: skip
    if protocol == "responses":
        item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
        return {"id": "resp-1", "object": "response", "status": "completed", "output": [item], "usage": counts}
    if protocol == "messages":
        content = [{"type": "text", "text": text}]
        return {"id": "msg-1", "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn",
                "usage": counts}  # fmt: skip
    parts = [{"text": text}]
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
            "usageMetadata": counts}  # fmt: skip


def stream_of(protocol: str, text: str, tokens: Tokens, *, include_usage: bool = True) -> list[bytes]:
    """A streamed answer, a word an event."""
    counts = usage(protocol, tokens)
    words = [word + " " for word in text.split()]
    if protocol == "chat":
        deltas = [sse({"choices": [{"index": 0, "delta": {"content": word}}], "usage": None}) for word in words]
        end = sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None})
        extra = [sse({"choices": [], "usage": counts})] if include_usage else []
        return [*deltas, end, *extra, sse("[DONE]")]
    if protocol == "responses":
        start = sse({"type": "response.created", "response": {"id": "resp-1", "usage": None}}, "response.created")
        name = "response.output_text.delta"
        deltas = [sse({"type": name, "delta": word}, name) for word in words]
        whole = {"type": "response.completed", "response": body_of("responses", text, tokens)}
        return [start, *deltas, sse(whole, "response.completed")]
    if protocol == "messages":
        first = {**counts, "output_tokens": 1}
        start = sse({"type": "message_start", "message": {"id": "msg-1", "usage": first}}, "message_start")
        name = "content_block_delta"
        deltas = [sse({"type": name, "index": 0, "delta": {"type": "text_delta", "text": w}}, name) for w in words]
        last = {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": tokens.output},
        }
        return [start, *deltas, sse(last, "message_delta"), sse({"type": "message_stop"}, "message_stop")]
    running = {**counts, "candidatesTokenCount": 1}
    deltas = [
        sse({"candidates": [{"content": {"parts": [{"text": word}]}}], "usageMetadata": running}) for word in words
    ]
    end = {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}], "usageMetadata": counts}
    return [*deltas, sse(end)]
