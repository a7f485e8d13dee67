"""From the provider to the client: one request goes out, and what comes back is handed on at once and read on its way.

Whatever the provider does, within this gateway's patience, the client gets an answer in its own dialect.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from harness.gateway.client import query_of
from harness.gateway.connections import Connections
from harness.gateway.entry import Entry
from harness.gateway.faults import Fault
from harness.gateway.ledger import Tokens
from harness.gateway.meter import StreamMeter, parsed, plain
from harness.gateway.upstream import Upstream

# Hop-by-hop (RFC 9110, 7.6.1), about a body we may have unpacked, or a client's credentials.
_NOT_UP = {
    "host", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade", "expect", "content-length", "content-encoding", "accept-encoding",
    "authorization", "x-api-key", "x-goog-api-key", "cookie", "forwarded", "x-forwarded-for", "x-real-ip",
}  # fmt: skip
_NOT_DOWN = {"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "content-length", "set-cookie",
             "proxy-authenticate", "location", "alt-svc"}  # fmt: skip
_LARGEST_REPLY = 64 << 20
_LAST_WORDS_S = 5.0  # for a client that does not read


async def pass_on(entry: Entry, upstream: Upstream, body: bytes, *, drop_usage: bool = False) -> None:
    """Ask the provider, and hand on what it says; a fault that was planned may strike between events."""
    times = entry.session.timeouts
    last = entry.began + times.total_s
    first = min(time.monotonic() + times.first_byte_s, last)
    connections = entry.session.providers[upstream.provider]
    response: httpx.Response | None = None
    entry.sent = True
    try:
        async with connections.one() as connection:
            try:
                async with asyncio.timeout_at(_loop_time(first)):
                    response = await connection.handle_async_request(_request(entry, connections, upstream, body))
                entry.upstream_status = response.status_code
                if response.is_redirect:
                    entry.outcome = "upstream_error"
                    raise _Failed(502, "The provider answered with a redirect, which is not followed.")
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    await _stream(entry, response, first, last, drop_usage=drop_usage)
                else:
                    await _whole(entry, response, last)
            finally:
                if response is not None:
                    await _close(response)
    except TimeoutError:
        entry.outcome = "timed_out"
        waited = time.monotonic() - entry.began
        await _fail(entry, 504, f"The provider was silent for too long (the call took {waited:.0f} s).")
    except httpx.HTTPError as error:
        entry.outcome = "unreachable" if response is None else "cut"
        entry.error = f"{type(error).__name__}: {error}"
        await _fail(entry, 502, "The provider could not be reached, or broke off its answer.")
    except _Failed as failed:
        await _fail(entry, failed.status, failed.message)


def excuse(status: int) -> str:
    """What a provider would say with such a status."""
    return {429: "Rate limit reached. Please try again later.", 529: "Overloaded."}.get(
        status, "The server had an error while processing your request."
    )


@dataclass
class _Failed(Exception):
    """The provider's answer is not one; what the client shall hear."""

    status: int
    message: str


def _request(entry: Entry, connections: Connections, upstream: Upstream, body: bytes) -> httpx.Request:
    client = entry.client
    headers = [(name, value) for name, value in client.headers.items() if name not in _NOT_UP]
    query = urlencode([(name, value) for name, value in query_of(client.query) if name != "key"])
    headers += [("accept-encoding", "identity"), *upstream.auth().items()]
    path = entry.route.path + (f"?{query}" if query else "")
    return connections.request(client.method, path, headers, body)


async def _whole(entry: Entry, response: httpx.Response, last: float) -> None:
    """A plain reply: read, then sent in one piece."""
    parts, size = [], 0
    async with asyncio.timeout_at(_loop_time(last)) as limit:
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > _LARGEST_REPLY:
                entry.outcome = "upstream_error"
                raise _Failed(502, f"The provider's answer is larger than {_LARGEST_REPLY >> 20} MiB.")
            parts.append(chunk)
            limit.reschedule(_loop_time(min(time.monotonic() + entry.session.timeouts.idle_s, last)))
    data = entry.session.redact_keys(b"".join(parts))
    entry.first_byte = time.monotonic()
    entry.reply = plain(data, response.headers.get("content-encoding", ""))
    content = parsed(bytes(entry.reply))
    if response.status_code >= 400:
        entry.outcome = "upstream_error"
    elif entry.route.kind == "generate":
        entry.tokens = entry.dialect.read_body(content) if content else None
        entry.outcome = "ok" if content is not None else "upstream_error"
    entry.settle()  # before the client has its answer, and sends the next request
    length = (b"content-length", str(len(data)).encode())
    await entry.client.start(response.status_code, [*_headers(entry, response), length])
    await entry.client.end(data)


async def _stream(entry: Entry, response: httpx.Response, first: float, last: float, *, drop_usage: bool) -> None:
    """A streamed reply: each piece at once."""
    fault, events = entry.fault, 0
    meter = StreamMeter(entry.dialect, drop_usage=drop_usage, by_event=_by_event(fault))
    entry.reply = meter.body
    try:
        await entry.client.start(response.status_code, _headers(entry, response))
        async with asyncio.timeout_at(_loop_time(first)) as limit:
            async for chunk in response.aiter_raw():
                limit.reschedule(_loop_time(last))  # a client that reads slowly is not a provider that is silent
                if entry.first_byte is None:
                    entry.first_byte = time.monotonic()
                for piece in meter.feed(entry.session.redact_keys(chunk)):
                    if fault and await _struck_between(entry, fault, events):
                        return
                    events += 1
                    await entry.client.write(piece)
                limit.reschedule(_loop_time(min(time.monotonic() + entry.session.timeouts.idle_s, last)))
        rest = meter.close()
        if response.status_code >= 400 or meter.failed:
            entry.outcome = "upstream_error"
        _read(entry, meter)
        entry.settle()
        await entry.client.end(rest)
    finally:
        _read(entry, meter)


def _read(entry: Entry, meter: StreamMeter) -> None:
    """The tokens, so far as the stream has told them."""
    entry.tokens = meter.tokens()
    if entry.tokens is None and (partial := meter.partial()):
        entry.tokens = Tokens(partial.input, partial.cached, partial.cache_write, 0, 0)
        entry.estimated = True


async def _struck_between(entry: Entry, fault: Fault, events: int) -> bool:
    """A planned fault before the next event; whether it ended the stream."""
    if fault.event_delay_s:
        await asyncio.sleep(fault.event_delay_s)
        entry.fault_reached = not entry.client.cut
    if events == fault.truncate_after:
        entry.outcome = "fault"
        entry.fault_reached = await entry.client.drop()
        return True
    if events == fault.error_after:
        entry.outcome = "fault"
        entry.fault_reached = await entry.client.end(entry.dialect.error_event(500, excuse(500)))
        return True
    return False


def _by_event(fault: Fault | None) -> bool:
    if fault is None:
        return False
    return bool(fault.event_delay_s) or fault.truncate_after is not None or fault.error_after is not None


def _headers(entry: Entry, response: httpx.Response) -> list[tuple[bytes, bytes]]:
    own = [item.strip().lower() for item in response.headers.get("connection", "").split(",")]
    return [
        (name.lower(), entry.session.redact_keys(value))
        for name, value in response.headers.raw
        if (text := name.decode("latin-1").lower()) not in _NOT_DOWN and text not in own
    ]


async def _fail(entry: Entry, status: int, message: str) -> None:
    """Tell the client that the provider failed: as an answer, or as an event where one has begun."""
    entry.error = entry.error or message
    client = entry.client
    if client.status is None:
        await client.say(status, entry.dialect.error(status, message))
        return
    try:
        async with asyncio.timeout(_LAST_WORDS_S if entry.stream else 0):
            await client.end(entry.dialect.error_event(status, message))
    except TimeoutError:
        await client.drop()


def _loop_time(moment: float) -> float:
    """A moment of `time.monotonic` on the loop's clock."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()


async def _close(response: httpx.Response) -> None:
    """Let go of a provider's connection; when the answer is not whole, this cuts it."""
    try:
        await asyncio.wait_for(asyncio.shield(response.aclose()), 5)
    except (TimeoutError, httpx.HTTPError):
        return
