"""One call, from a client's request to a line in the ledger.

    who asks? -> what is asked? -> is it allowed? -> does a planned fault strike? -> the provider -> the client

Whatever happens on the way, the client hears of it in its own dialect, what was reserved is settled, and the ledger
has a line.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, NoReturn

from starlette.types import Receive, Scope, Send

from harness.gateway.client import Client, Refused, query_of
from harness.gateway.entry import Entry
from harness.gateway.faults import Fault
from harness.gateway.ledger import Tokens
from harness.gateway.limits import Reservation
from harness.gateway.meter import estimated_input
from harness.gateway.passing import excuse, pass_on
from harness.gateway.protocols import find
from harness.gateway.shaping import Shaped, read_request, shaped

if TYPE_CHECKING:
    from harness.gateway.server import Session


async def answer(session: Session, scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of a session."""
    if scope["type"] != "http":
        return
    client = Client(scope, receive, send)
    entry = Entry(session, client)
    task = asyncio.current_task()
    assert task  # noqa: S101 - the server runs us in one
    session.running.add(task)
    try:
        await _answer(entry)
    except Refused as refused:
        entry.outcome, entry.error = "limit" if refused.limit else "refused", refused.message
        if refused.limit:
            session.reached_limit(entry.turn)
        await client.say(refused.status, entry.dialect.error(refused.status, refused.message))
    except asyncio.CancelledError:
        if entry.tokens is None or entry.estimated:  # else the client had all it wanted, and did not wait for the end
            entry.outcome = "hung_up" if client.gone else "ended"
        await client.drop()
    except Exception as error:  # ours; the client hears that, the ledger why, neither a traceback's content
        entry.outcome, entry.error = "refused", f"an error in the gateway: {type(error).__name__}: {error}"
        if client.status is None:
            await client.say(500, entry.dialect.error(500, "The gateway failed."))
        else:
            await client.drop()
    finally:
        client.unwatch()
        entry.close()
        session.running.discard(task)


async def _answer(entry: Entry) -> None:
    """All of it. Raises `Refused`, or `CancelledError` when the client hung up or the turn ended."""
    client, session = entry.client, entry.session
    session.check_besides()
    if client.method in ("HEAD", "GET") and client.path == "/":
        await client.say(200, {"status": "ok"} if client.method == "GET" else b"")
        return
    found = find(client.method, client.path, dict(client.headers))
    if found is None:
        await _refuse_after_reading(entry, 404, f"There is no {client.method} {client.path} here.")
    entry.dialect, entry.route = found
    if not _knows_token(entry):
        await _refuse_after_reading(entry, 401, "Wrong key: this address takes the trial's own.")
    if entry.route.kind == "models" and session.model:
        await client.say(200, entry.dialect.models([session.model]))
        return
    provider = entry.dialect.PROVIDER
    upstream = session.upstreams.get(provider)
    if upstream is None:
        await _refuse_after_reading(entry, 400, f"There is no key for the provider {provider} on the host.")
    entry.request = await client.body()
    client.watch()
    if entry.route.kind == "models":
        await pass_on(entry, upstream, b"")
        return
    request = _shaped(entry)
    if entry.route.kind == "generate":
        entry.request_name = session.bodies.put(entry.request)
        entry.retry_of = session.sent_before((client.path, entry.request_name), entry.id)
        entry.fault = session.faults.strike(client.path, entry.model)
        if entry.fault and await _struck(entry, entry.fault):
            return
        await _reserve(entry, request)
    await pass_on(entry, upstream, request.raw, drop_usage=request.drop_usage)


async def _refuse_after_reading(entry: Entry, status: int, message: str) -> NoReturn:
    """Read what the client sends before it is refused: some report a broken pipe instead of our answer."""
    entry.request = await entry.client.body()
    raise Refused(status, message)


def _knows_token(entry: Entry) -> bool:
    client, token = entry.client, entry.session.token
    bearer = client.headers.get("authorization", "")
    given = [bearer[7:].strip() if bearer[:7].lower() == "bearer " else "", client.headers.get("x-api-key", "")]
    given += [client.headers.get("x-goog-api-key", ""), *(v for k, v in query_of(client.query) if k == "key")]
    return any(hmac.compare_digest(one.encode(), token.encode()) for one in given if one)


def _shaped(entry: Entry) -> Shaped:
    """The request for the provider; the entry knows what was asked even if that is refused."""
    session = entry.session
    asked = read_request(entry.request, entry.dialect, entry.route)
    entry.stream, entry.auxiliary = asked.stream, asked.auxiliary
    entry.model = entry.model_asked = asked.model
    request = shaped(
        asked, entry.dialect, entry.route, model=session.model, allowed=session.allowed, most=session.max_output
    )
    entry.route, entry.model, entry.hosted_tools = request.route, request.model, request.hosted_tools
    return request


async def _struck(entry: Entry, fault: Fault) -> bool:
    """A planned fault, up to where the provider would answer; whether that was all."""
    client = entry.client
    if fault.delay_s:
        await asyncio.sleep(fault.delay_s)
        entry.fault_reached = not client.cut
    if fault.drop:
        entry.outcome = "fault"
        entry.fault_reached = await client.drop()
        return True
    if fault.status is None:
        return False
    entry.outcome = "fault"
    body = entry.dialect.error(fault.status, excuse(fault.status)) if fault.body is None else fault.body.encode()
    wait = fault.retry_after_s
    retry = () if wait is None else ((b"retry-after", str(wait).encode()),)
    entry.fault_reached = await client.say(fault.status, body, retry)
    return True


async def _reserve(entry: Entry, request: Shaped) -> None:
    guess = Tokens(input=estimated_input(request.raw), output=request.most)
    price = entry.session.prices.of(entry.model)
    reservation = Reservation(guess.input + guess.output, price.of(guess) if price else 0.0)
    reached = await entry.session.let_in(entry.turn, reservation)
    if reached:
        raise Refused(400, f"No more model calls: {reached}.", limit=True)
    entry.reservation = reservation
