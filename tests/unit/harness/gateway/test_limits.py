"""Limits: how many get through, what the next one hears, and that the orchestrator is told."""

import threading
from types import SimpleNamespace

import pytest
from scripted_provider import Reply, Tokens, say, stream_of

from harness.gateway import Limits

PROTOCOLS = ("chat", "responses", "messages", "gemini")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_call_too_many_is_refused_in_the_clients_dialect(provider, open_session, client_of, ask, protocol):
    session = open_session(limits=Limits(calls=1))
    client = client_of(session)
    assert ask(client, protocol, stream=True).status_code == 200
    assert not session.limit_hit.is_set()
    answer = ask(client, protocol, stream=True)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["message"] == "No more model calls: the limit of 1 model calls a trial is reached."
    assert error.get("type", error.get("status")) in ("invalid_request_error", "INVALID_ARGUMENT")
    assert session.limit_hit.wait(5)
    assert len(provider.received) == 1
    used = session.end_turn()
    assert (used.calls, used.refused) == (1, 1)
    assert "limit of 1 model calls" in used.limit_hit


@pytest.mark.parametrize("limit", [1, 5, 13])
def test_exactly_so_many_get_through_from_32_at_once(provider, open_session, at_once, shapes, limit):
    session = open_session(limits=Limits(calls=limit))
    statuses = at_once(session, 32, *shapes.request_of("chat"))
    assert sorted(statuses) == [200] * limit + [400] * (32 - limit)
    assert len(provider.received) == limit


def test_a_rounds_limit_ends_with_the_round(provider, open_session, client_of, ask):
    session = open_session(limits=Limits(calls=3), round_limits=Limits(calls=2))
    client = client_of(session)
    session.end_turn()
    session.begin_turn(1, 2)
    statuses = [ask(client).status_code for _ in range(3)]
    assert (statuses, session.limit_hit.wait(5)) == ([200, 200, 400], True)
    session.begin_turn(2, 1)
    assert not session.limit_hit.is_set()
    assert [ask(client).status_code for _ in range(2)] == [200, 400]
    assert "a trial is reached" in session.end_turn().limit_hit


def test_the_call_that_crosses_the_line_is_paid(provider, open_session, client_of, ask):
    provider.script = lambda request: say(request, "x", Tokens(input=60, output=40))
    session = open_session(limits=Limits(tokens=150))
    client = client_of(session)
    assert [ask(client).status_code for _ in range(3)] == [200, 200, 400]
    used = session.end_turn()
    assert used.tokens == 200
    assert "150 tokens a trial is reached (200 used)" in used.limit_hit


def test_callers_side_by_side_cannot_overshoot_together(provider, open_session, at_once, shapes):
    """Each may cross the line alone; what is in flight is waited for."""
    provider.script = lambda request: say(request, "x", Tokens(input=60, output=40))
    session = open_session(limits=Limits(tokens=350))
    statuses = at_once(session, 32, *shapes.request_of("messages"))
    assert sorted(statuses) == [200] * 4 + [400] * 28


def test_dollars_are_limited_where_prices_are_known(provider, open_session, client_of, ask):
    provider.script = lambda request: say(request, "x", Tokens(input=0, output=100_000))  # a dollar
    session = open_session(model="gpt-5", limits=Limits(dollars=1.5))
    client = client_of(session)
    assert [ask(client).status_code for _ in range(3)] == [200, 200, 400]
    assert session.end_turn().dollars == pytest.approx(2.0)


def test_time_is_limited_and_stands_still_between_turns(open_session, client_of, ask, monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("harness.gateway.limits.time", SimpleNamespace(monotonic=lambda: clock.now))
    session = open_session(round_limits=Limits(wall_s=10))
    client = client_of(session)
    clock.now += 6
    session.end_turn()
    clock.now += 1_000
    session.begin_turn(1, 2)
    clock.now += 3.5
    assert ask(client).status_code == 200
    clock.now += 0.5
    assert ask(client).status_code == 400
    assert "10 s a round" in session.end_turn().limit_hit


def test_calls_at_a_time_are_limited(provider, open_session, client_of, ask, shapes, wait_for):
    gate = threading.Event()
    begun = stream_of("messages", "a b", Tokens())
    provider.script = lambda request: Reply([begun[0], gate, *begun[1:]]) if request.stream else say(request, "x")
    session = open_session(limits=Limits(concurrency=1))
    client, other = client_of(session), client_of(session)
    path, body = shapes.request_of("messages", stream=True)
    with client.stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        assert "1 model calls at a time" in ask(other).text
        gate.set()
        list(pieces)
    assert wait_for(lambda: session.ledger.calls[-1].outcome == "ok")
    assert ask(other).status_code == 200


def test_a_limit_reached_at_a_turns_end_does_not_end_the_next(open_session, client_of, ask):
    session = open_session(round_limits=Limits(calls=0))
    assert ask(client_of(session)).status_code == 400
    session.end_turn()
    session.begin_turn(2, 1)
    assert not session.limit_hit.wait(0.5)


def test_what_failed_still_counts_as_a_call(provider, open_session, client_of, ask):
    provider.script = lambda request: Reply(b"{}", 500)
    session = open_session(limits=Limits(calls=2))
    client = client_of(session)
    assert [ask(client).status_code for _ in range(3)] == [500, 500, 400]


def test_counting_tokens_is_free(provider, open_session, client_of, ask):
    session = open_session(limits=Limits(calls=1))
    client = client_of(session)
    for _ in range(3):
        assert client.post("/v1/messages/count_tokens", json={"model": "m"}).status_code == 200
    assert ask(client).status_code == 200
