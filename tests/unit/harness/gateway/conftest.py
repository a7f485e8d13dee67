"""A gateway between a scripted provider and real HTTP clients."""

import asyncio
import contextlib
import threading
import time
from types import SimpleNamespace

import httpx
import pytest
import scripted_provider

from harness.gateway import Gateway, Timeouts, read_upstreams

KEY = "sk-real-key-0123456789"

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "gemini": "/v1beta/models/m:generateContent",
}


@pytest.fixture(scope="session")
def running():
    """One provider and one gateway for all tests of a process."""
    with scripted_provider.Provider() as provider, Gateway(read_upstreams(provider.env(KEY))) as gateway:
        yield provider, gateway


@pytest.fixture
def provider(running):
    """The provider, with empty books."""
    provider = running[0]
    provider.received, provider.script = [], lambda request: scripted_provider.say(request, "hello")
    return provider


@pytest.fixture
def open_session(running, provider, open_gateway, tmp_path):
    """Opens sessions in their first turn: `open_session(model=..., ...)`."""
    with contextlib.ExitStack() as stack:

        def opened(turn=True, round_limits=None, gateway=running[1], **options):
            folder = tmp_path / f"session-{time.monotonic_ns()}"
            session = stack.enter_context(gateway.session(folder, **options))
            session.folder = folder
            if turn:
                session.begin_turn(1, 1, round_limits)
            return session

        yield opened


@pytest.fixture
def open_gateway(provider):
    """Opens another gateway: `open_gateway(env, ...)`; closed after the sessions."""
    with contextlib.ExitStack() as stack:
        yield lambda env=None, **options: stack.enter_context(
            Gateway(read_upstreams(env or provider.env(KEY)), **options)
        )


@pytest.fixture
def impatient(open_session, open_gateway):
    """Opens a session whose gateway does not wait long for what is given: `impatient(idle_s=0.3)`."""
    return lambda **seconds: open_session(gateway=open_gateway(timeouts=Timeouts(**seconds)))


@pytest.fixture
def session(open_session):
    """A session without limits or faults."""
    return open_session()


@pytest.fixture
def client_of():
    """HTTP clients of sessions, with the session's token."""
    with contextlib.ExitStack() as stack:

        def client(session, **headers):
            transport = httpx.HTTPTransport(uds=str(session.socket), verify=False)
            given = {"authorization": f"Bearer {session.token}", **headers}
            return stack.enter_context(
                httpx.Client(transport=transport, base_url="http://gateway", headers=given, timeout=10)
            )

        yield client


@pytest.fixture
def client(session, client_of):
    """An HTTP client of the session."""
    return client_of(session)


def request_of(protocol, *, stream=False, text="hi", tools=True, **more):
    """Path and body of a request for an answer."""
    path = PATHS[protocol]
    if protocol == "gemini":
        if stream:
            path = path.replace("generateContent", "streamGenerateContent") + "?alt=sse"
        body = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    else:
        field = "input" if protocol == "responses" else "messages"
        body = {"model": "m", field: [{"role": "user", "content": text}], **({"stream": True} if stream else {})}
    if protocol == "messages":
        body["max_tokens"] = 100
    if tools:
        body["tools"] = [{"name": "bash"}] if tools is True else tools
    return path, {**body, **more}


@pytest.fixture
def ask():
    """Sends a request for an answer, reads all of what comes; the response."""

    def send(client, protocol="chat", *, headers=None, **options):
        path, body = request_of(protocol, **options)
        return client.post(path, json=body, headers=headers)

    return send


@pytest.fixture
def wait_for():
    """Waits until something is so, at most a few seconds; the last value."""

    def wait(condition, within_s=5.0):
        deadline = time.monotonic() + within_s
        while not (so := condition()) and time.monotonic() < deadline:
            time.sleep(0.002)
        return so

    return wait


@pytest.fixture
def calls(wait_for):
    """The session's calls, once `n` of them are in the ledger."""

    def listed(session, n=1):
        assert wait_for(lambda: len(session.ledger.calls) >= n), session.ledger.calls
        found = session.ledger.calls
        assert len(found) == n
        return found

    return listed


@pytest.fixture
def at_once():
    """Runs so many requests at the same time over one session; their statuses, None for a failed one."""

    def run(session, n, path, body):
        async def all_of_them():
            transport = httpx.AsyncHTTPTransport(uds=str(session.socket), verify=False)
            headers = {"authorization": f"Bearer {session.token}"}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://g", headers=headers, timeout=20
            ) as client:
                answers = await asyncio.gather(*(client.post(path, json=body) for _ in range(n)))
            return [answer.status_code for answer in answers]

        return asyncio.run(all_of_them())

    return run


@pytest.fixture
def shapes():
    """`request_of` and the scripted provider's makers, for tests."""
    return SimpleNamespace(request_of=request_of, key=KEY, event=threading.Event, **vars(scripted_provider))
