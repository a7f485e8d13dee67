"""One call, from a client's request to a line in the ledger.

    who asks? -> what is asked? -> is it allowed? -> does a planned fault strike? -> the provider -> the client

Whatever happens on the way, the client hears of it in its own dialect, what was reserved is settled, and the ledger
has a line.
"""

from __future__ import annotations

import asyncio
import datetime
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.types import Receive, Scope, Send

from harness.gateway.client import Client, Refused
from harness.gateway.faults import Fault
from harness.gateway.hosted_tools import without_hosted_tools
from harness.gateway.ledger import Call, Outcome, Tokens
from harness.gateway.limits import DEFAULT_OUTPUT, Reservation
from harness.gateway.meter import StreamMeter, estimated_input, estimated_output, parsed, plain
from harness.gateway.protocols import Dialect, Route, find, spoken_for
from harness.gateway.upstream import Upstream

if TYPE_CHECKING:
    from harness.gateway.connections import Connections
    from harness.gateway.server import Session

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
_INCLUDE_USAGE = b'{"stream_options":{"include_usage":true},'
_START = re.compile(rb"\s*\{(?=\s*\")")


async def answer(session: Session, scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of a session."""
    if scope["type"] != "http":
        return
    call = _Call(session, Client(scope, receive, send))
    session.running.add(call.task)
    try:
        await call.answer()
    except Refused as refused:
        call.outcome, call.error = "limit" if refused.limit else "refused", refused.message
        if refused.limit:
            session.reached_limit(call.turn)
        await call.client.say(refused.status, call.dialect.error(refused.status, refused.message))
    except asyncio.CancelledError:
        if call.tokens is None or call.estimated:  # else the client had all it wanted, and did not wait for the end
            call.outcome = "hung_up" if call.client.gone else "ended"
        await call.client.drop()
    except Exception as error:  # ours; the client hears that, the ledger why, neither a traceback's content
        call.outcome, call.error = "refused", f"an error in the gateway: {type(error).__name__}: {error}"
        if call.client.status is None:
            await call.client.say(500, call.dialect.error(500, "The gateway failed."))
        else:
            await call.client.drop()
    finally:
        call.client.unwatch()
        call.close()
        session.running.discard(call.task)


class _Call:
    """The state of one call."""

    def __init__(self, session: Session, client: Client) -> None:
        self.session, self.client = session, client
        task = asyncio.current_task()
        assert task  # noqa: S101 - the server runs us in one
        self.task = task
        self.began = time.monotonic()
        self.at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        self.id, self.turn = session.enter()
        self.dialect: Dialect = spoken_for(client.path, dict(client.headers))
        self.route = Route("other", client.path)
        self.outcome: Outcome = "ok"
        self.error = ""
        self.sent = self.stream = self.auxiliary = False
        self.upstream_status: int | None = None
        self.fault: Fault | None = None
        self.fault_reached: bool | None = None
        self.model_asked = self.model = ""
        self.hosted_tools: tuple[str, ...] = ()
        self.retry_of: int | None = None
        self.reservation: Reservation | None = None
        self.request: bytes = b""
        self.request_name: str | None = None
        self.reply: bytes | bytearray = b""
        self.tokens: Tokens | None = None
        self.estimated = False
        self.first_byte: float | None = None

    async def answer(self) -> None:
        """All of it. Raises `Refused`, or `CancelledError` when the client hung up or the turn ended."""
        client, session = self.client, self.session
        if client.method in ("HEAD", "GET") and client.path == "/":
            await client.say(200, {"status": "ok"} if client.method == "GET" else b"")
            return
        found = find(client.method, client.path, dict(client.headers))
        if found is None:
            await self._refuse_after_reading(404, f"There is no {client.method} {client.path} here.")
        self.dialect, self.route = found
        if not self._knows_token():
            await self._refuse_after_reading(401, "Wrong key: this address takes the trial's own.")
        if self.route.kind == "models" and session.model:
            await client.say(200, self.dialect.models([session.model]))
            return
        upstream = session.upstreams.get(self.dialect.PROVIDER)
        if upstream is None:
            provider = self.dialect.PROVIDER
            await self._refuse_after_reading(400, f"There is no key for the provider {provider} on the host.")
        body = self.request = await client.body()
        self.request_name = session.bodies.put(body) if body else None
        client.watch()
        if self.route.kind == "models":
            await self._pass(upstream, b"", by_event=False, drop_usage=False)
            return
        body, drop_usage = self._shaped(body)
        if self.route.kind == "generate":
            self.retry_of = session.sent_before((client.path, self.request_name), self.id)
            self.fault = session.faults.strike(client.path, self.model)
            if self.fault and await self._struck(self.fault):
                return
            await self._reserve(body)
        await self._pass(upstream, body, by_event=_by_event(self.fault), drop_usage=drop_usage)

    def close(self) -> None:
        """Settle, and write the line."""
        session = self.session
        tokens, dollars = self._settle()
        round_, hand_in, open_ = self.turn
        session.ledger.add(
            Call(
                id=self.id,
                at=self.at,
                began_s=round(self.began - session.opened, 4),
                round=round_,
                hand_in=hand_in,
                between_turns=not open_,
                method=self.client.method,
                path=session.redact.text(self.client.path),
                protocol=self.dialect.NAME if self.route.kind != "other" else "",
                kind=self.route.kind,
                outcome=self.outcome,
                status=self.client.status,
                upstream_status=self.upstream_status,
                sent=self.sent,
                model_asked=session.redact.text(self.model_asked),
                model=session.redact.text(self.model),
                stream=self.stream,
                auxiliary=self.auxiliary,
                hosted_tools=tuple(session.redact.text(name) for name in self.hosted_tools),
                retry_of=self.retry_of,
                fault=self.fault.id if self.fault else None,
                fault_reached=self.fault_reached,
                input_tokens=tokens.input,
                cached_tokens=tokens.cached,
                cache_write_tokens=tokens.cache_write,
                output_tokens=tokens.output,
                reasoning_tokens=tokens.reasoning,
                estimated=self.estimated,
                dollars=dollars,
                first_byte_s=None if self.first_byte is None else round(self.first_byte - self.began, 4),
                total_s=round(time.monotonic() - self.began, 4),
                request=self.request_name,
                response=session.bodies.put(bytes(self.reply)) if self.reply else None,
                error=session.redact.text(self.error),
            )
        )

    def _settle(self) -> tuple[Tokens, float | None]:
        """What the call came to, in tokens and dollars; the reservation is given back."""
        tokens = self._counted()
        dollars: float | None = 0.0
        if self.sent and self.route.kind == "generate":
            price = self.session.prices.of(self.model)
            dollars = price.of(tokens) if price else None
        if self.reservation:
            self.session.settle(self.turn, self.reservation, tokens.input + tokens.output, dollars or 0.0)
            self.reservation = None
        return tokens, dollars

    async def _refuse_after_reading(self, status: int, message: str) -> NoReturn:
        """Read what the client sends before it is refused: some report a broken pipe instead of our answer."""
        self.request = await self.client.body()
        self.request_name = self.session.bodies.put(self.request) if self.request else None
        raise Refused(status, message)

    def _knows_token(self) -> bool:
        headers, session = self.client.headers, self.session
        bearer = headers.get("authorization", "")
        given = [bearer[7:].strip() if bearer[:7].lower() == "bearer " else "", headers.get("x-api-key", "")]
        given += [headers.get("x-goog-api-key", ""), *(v for k, v in _query(self.client.query) if k == "key")]
        return any(hmac.compare_digest(one.encode(), session.token.encode()) for one in given if one)

    def _shaped(self, raw: bytes) -> tuple[bytes, bool]:
        """The body for the provider, and whether usage was asked for by us alone. Untouched where possible."""
        try:
            body = json.loads(raw, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "The request's body is not JSON.") from error
        if not isinstance(body, dict):
            raise Refused(400, "The request's body is not a JSON object.")
        session, dialect = self.session, self.dialect
        self.stream = dialect.streamed(self.route, body)
        self.auxiliary = self.route.kind == "generate" and dialect.auxiliary(body)
        self.model = self.model_asked = dialect.model(self.route, body)
        changed, self.hosted_tools = without_hosted_tools(body)
        if session.allowed and self.model not in session.allowed and not session.model:
            raise Refused(400, f"The model {self.model!r} is not allowed here; {', '.join(session.allowed)} are.")
        if session.model and session.model != self.model:
            self.route, changed = dialect.with_model(self.route, changed, session.model)
            self.model = session.model
        most = session.max_output
        if most and self.route.kind == "generate" and (dialect.max_tokens(changed) or most + 1) > most:
            changed = dialect.with_max_tokens(changed, most)
        self._most = dialect.max_tokens(changed) or DEFAULT_OUTPUT
        if changed is not body:
            raw = json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        if dialect.NAME == "chat" and self.stream:
            options = changed.get("stream_options")
            if options is None and "stream_options" not in changed and _START.match(raw):
                return _START.sub(_INCLUDE_USAGE, raw, count=1), True
            if not (isinstance(options, dict) and options.get("include_usage")):
                options = {**(options if isinstance(options, dict) else {}), "include_usage": True}
                return json.dumps({**changed, "stream_options": options}).encode(), True
        return raw, False

    async def _reserve(self, body: bytes) -> None:
        guess = Tokens(input=estimated_input(body), output=self._most)
        price = self.session.prices.of(self.model)
        reservation = Reservation(guess.input + guess.output, price.of(guess) if price else 0.0)
        reached = await self.session.let_in(self.turn, reservation)
        if reached:
            raise Refused(400, f"No more model calls: {reached}.", limit=True)
        self.reservation = reservation

    async def _struck(self, fault: Fault) -> bool:
        """A planned fault, up to where the provider would answer; whether that was all."""
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
            self.fault_reached = not self.client.cut
        if fault.drop:
            self.outcome = "fault"
            self.fault_reached = await self.client.drop()
            return True
        if fault.status is None:
            return False
        self.outcome = "fault"
        text = fault.body
        body = text.encode() if text is not None else self.dialect.error(fault.status, _excuse(fault.status))
        wait = fault.retry_after_s
        retry = () if wait is None else ((b"retry-after", str(wait).encode()),)
        self.fault_reached = await self.client.say(fault.status, body, retry)
        return True

    async def _pass(self, upstream: Upstream, body: bytes, *, by_event: bool, drop_usage: bool) -> None:
        """Ask the provider, and hand on what it says."""
        times = self.session.timeouts
        last = self.began + times.total_s
        first = min(time.monotonic() + times.first_byte_s, last)
        connections = self.session.providers[upstream.provider]
        response: httpx.Response | None = None
        self.sent = True
        try:
            async with connections.one() as connection:
                try:
                    async with asyncio.timeout_at(_loop_time(first)):
                        response = await connection.handle_async_request(self._request(connections, upstream, body))
                    self.upstream_status = response.status_code
                    if response.is_redirect:
                        self.outcome = "upstream_error"
                        raise _Failed(502, "The provider answered with a redirect, which is not followed.")
                    if response.headers.get("content-type", "").startswith("text/event-stream"):
                        await self._stream(response, first, last, by_event=by_event, drop_usage=drop_usage)
                    else:
                        await self._whole(response, last)
                finally:
                    if response is not None:
                        await _close(response)
        except TimeoutError:
            self.outcome = "timed_out"
            waited = time.monotonic() - self.began
            await self._fail(504, f"The provider was silent for too long (the call took {waited:.0f} s).")
        except httpx.HTTPError as error:
            self.outcome = "unreachable" if response is None else "cut"
            self.error = f"{type(error).__name__}: {error}"
            await self._fail(502, "The provider could not be reached, or broke off its answer.")
        except _Failed as failed:
            await self._fail(failed.status, failed.message)

    def _request(self, connections: Connections, upstream: Upstream, body: bytes) -> httpx.Request:
        headers = [(name, value) for name, value in self.client.headers.items() if name not in _NOT_UP]
        query = urlencode([(name, value) for name, value in _query(self.client.query) if name != "key"])
        headers += [("accept-encoding", "identity"), *upstream.auth().items()]
        path = self.route.path + (f"?{query}" if query else "")
        return connections.request(self.client.method, path, headers, body)

    async def _whole(self, response: httpx.Response, last: float) -> None:
        """A plain reply: read, then sent in one piece."""
        parts, size = [], 0
        async with asyncio.timeout_at(_loop_time(last)) as limit:
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > _LARGEST_REPLY:
                    self.outcome = "upstream_error"
                    raise _Failed(502, f"The provider's answer is larger than {_LARGEST_REPLY >> 20} MiB.")
                parts.append(chunk)
                limit.reschedule(_loop_time(min(time.monotonic() + self.session.timeouts.idle_s, last)))
        data = self.session.redact_keys(b"".join(parts))
        self.first_byte = time.monotonic()
        self.reply = plain(data, response.headers.get("content-encoding", ""))
        content = parsed(bytes(self.reply))
        if response.status_code >= 400:
            self.outcome = "upstream_error"
        elif self.route.kind == "generate":
            self.tokens = self.dialect.read_body(content) if content else None
            self.outcome = "ok" if content is not None else "upstream_error"
        self._settle()  # before the client has its answer, and sends the next request
        await self.client.start(
            response.status_code, [*self._headers(response), (b"content-length", str(len(data)).encode())]
        )
        await self.client.end(data)

    async def _stream(
        self, response: httpx.Response, first: float, last: float, *, by_event: bool, drop_usage: bool
    ) -> None:
        """A streamed reply: each piece at once."""
        meter = StreamMeter(self.dialect, drop_usage=drop_usage, by_event=by_event)
        self.reply = meter.body
        fault, events = self.fault, 0
        try:
            await self.client.start(response.status_code, self._headers(response))
            async with asyncio.timeout_at(_loop_time(first)) as limit:
                async for chunk in response.aiter_raw():
                    limit.reschedule(_loop_time(last))  # a client that reads slowly is not a provider that is silent
                    if self.first_byte is None:
                        self.first_byte = time.monotonic()
                    for piece in meter.feed(self.session.redact_keys(chunk)):
                        if fault and await self._struck_between(fault, events):
                            return
                        events += 1
                        await self.client.write(piece)
                    limit.reschedule(_loop_time(min(time.monotonic() + self.session.timeouts.idle_s, last)))
            rest = meter.close()
            if response.status_code >= 400 or meter.failed:
                self.outcome = "upstream_error"
            self._read(meter)
            self._settle()
            await self.client.end(rest)
        finally:
            self._read(meter)

    def _read(self, meter: StreamMeter) -> None:
        self.tokens = meter.tokens()
        if self.tokens is None and (partial := meter.partial()):
            self.tokens = Tokens(partial.input, partial.cached, partial.cache_write, 0, 0)
            self.estimated = True

    async def _struck_between(self, fault: Fault, events: int) -> bool:
        """A planned fault before the next event; whether it ended the stream."""
        if fault.event_delay_s:
            await asyncio.sleep(fault.event_delay_s)
            self.fault_reached = not self.client.cut
        if events == fault.truncate_after:
            self.outcome = "fault"
            self.fault_reached = await self.client.drop()
            return True
        if events == fault.error_after:
            self.outcome = "fault"
            self.fault_reached = await self.client.end(self.dialect.error_event(500, _excuse(500)))
            return True
        return False

    def _headers(self, response: httpx.Response) -> list[tuple[bytes, bytes]]:
        own = [item.strip().lower() for item in response.headers.get("connection", "").split(",")]
        return [
            (name.lower(), self.session.redact_keys(value))
            for name, value in response.headers.raw
            if (text := name.decode("latin-1").lower()) not in _NOT_DOWN and text not in own
        ]

    async def _fail(self, status: int, message: str) -> None:
        """Tell the client that the provider failed: as an answer, or as an event where one has begun."""
        self.error = self.error or message
        if self.client.status is None:
            await self.client.say(status, self.dialect.error(status, message))
            return
        try:
            async with asyncio.timeout(_LAST_WORDS_S if self.stream else 0):
                await self.client.end(self.dialect.error_event(status, message))
        except TimeoutError:
            await self.client.drop()

    def _counted(self) -> Tokens:
        """The call's tokens: the provider's count, or an estimate where it was cut short or gave none."""
        answered = self.sent and self.route.kind == "generate" and (self.upstream_status or 0) < 400
        if not answered or self.outcome == "unreachable" or (self.upstream_status or 0) >= 300:
            return Tokens()
        if self.tokens is None:
            self.estimated = True
            return Tokens(input=estimated_input(self.request), output=estimated_output(bytes(self.reply)))
        if self.estimated:  # the provider told the input before the end was lost
            known = self.tokens
            return Tokens(known.input, known.cached, known.cache_write, estimated_output(bytes(self.reply)))
        return self.tokens


@dataclass
class _Failed(Exception):
    """The provider's answer is not one; what the client shall hear."""

    status: int
    message: str


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. A key that stands twice could mean one model to us and another to the provider."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(400, "The request's body is not JSON that can be understood in one way: a key stands twice.")
    return found


def _by_event(fault: Fault | None) -> bool:
    if fault is None:
        return False
    return bool(fault.event_delay_s) or fault.truncate_after is not None or fault.error_after is not None


def _excuse(status: int) -> str:
    return {429: "Rate limit reached. Please try again later.", 529: "Overloaded."}.get(
        status, "The server had an error while processing your request."
    )


def _query(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else []


def _loop_time(moment: float) -> float:
    """A moment of `time.monotonic` on the loop's clock."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()


async def _close(response: httpx.Response) -> None:
    """Let go of a provider's connection; when the answer is not whole, this cuts it."""
    try:
        await asyncio.wait_for(asyncio.shield(response.aclose()), 5)
    except (TimeoutError, httpx.HTTPError):
        return
