"""Planned faults: each reaches the client, is reproducible, and is nobody else's."""

import httpx
import pytest
from pydantic import ValidationError
from scripted_provider import Tokens, say, stream_of

from harness.gateway import Fault, Limits
from harness.gateway.faults import Faults

PROTOCOLS = ("chat", "responses", "messages", "gemini")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_status_in_place_of_an_answer(provider, open_session, client_of, ask, calls, protocol):
    session = open_session(faults=[Fault(id="busy", nth=(1,), status=429, retry_after_s=2)])
    client = client_of(session)
    answer = ask(client, protocol, stream=True)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert "Rate limit" in answer.json()["error"]["message"]
    assert not provider.received
    assert ask(client, protocol, stream=True).status_code == 200
    fault, answered = calls(session, 2)
    assert (fault.outcome, fault.fault, fault.fault_reached, fault.sent) == ("fault", "busy", True, False)
    assert (answered.outcome, answered.fault) == ("ok", None)


def test_a_body_of_its_own(provider, open_session, client_of, ask):
    session = open_session(faults=[Fault(id="odd", status=503, body="<html>sorry</html>")])
    assert ask(client_of(session)).text == "<html>sorry</html>"


def test_faults_are_not_counted_against_the_client(open_session, client_of, ask):
    session = open_session(limits=Limits(calls=1), faults=[Fault(id="busy", nth=(1, 2), status=500)])
    client = client_of(session)
    assert [ask(client).status_code for _ in range(4)] == [500, 500, 200, 400]
    used = session.end_turn()
    assert (used.calls, used.failed, used.faults) == (1, 0, 2)


def test_a_connection_dropped_before_any_answer(provider, open_session, client_of, ask, calls):
    session = open_session(faults=[Fault(id="drop", drop=True)])
    with pytest.raises(httpx.RemoteProtocolError):
        ask(client_of(session))
    (call,) = calls(session)
    assert (call.outcome, call.fault_reached, call.status) == ("fault", True, None)
    assert not provider.received


def test_a_stream_cut_in_the_middle(provider, open_session, client_of, calls, shapes):
    provider.script = lambda request: say(request, "a b c d")
    session = open_session(faults=[Fault(id="cut", truncate_after=2)])
    path, body = shapes.request_of("messages", stream=True)
    got = []
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client_of(session).stream("POST", path, json=body) as answer,
    ):
        got.extend(answer.iter_raw())
    assert b"".join(got) == b"".join(stream_of("messages", "a b c d", Tokens())[:2])
    (call,) = calls(session)
    assert (call.outcome, call.fault_reached, call.sent, call.estimated) == ("fault", True, True, True)
    assert session.end_turn().failed == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_error_event_in_the_middle(provider, open_session, client_of, ask, calls, protocol):
    provider.script = lambda request: say(request, "a b c d")
    session = open_session(faults=[Fault(id="event", error_after=2)])
    got = ask(client_of(session), protocol, stream=True).content
    first = b"".join(stream_of(protocol, "a b c d", Tokens())[:2])
    assert got.startswith(first)
    assert b"error" in got.removeprefix(first)
    assert got.count(b"\n\n") == 3
    assert calls(session)[0].fault_reached


def test_delays_before_the_answer_and_between_events(provider, open_session, client_of, ask, calls):
    faults = [Fault(id="slow", nth=(1,), delay_s=0.1), Fault(id="trickle", nth=(2,), event_delay_s=0.05)]
    session = open_session(faults=faults)
    client = client_of(session)
    for _ in range(2):
        assert ask(client, "messages", stream=True).status_code == 200
    slow, trickle = calls(session, 2)
    assert (slow.fault, slow.outcome, slow.fault_reached) == ("slow", "ok", True)
    assert slow.first_byte_s >= 0.1
    assert (trickle.fault, trickle.outcome, trickle.fault_reached) == ("trickle", "ok", True)
    assert trickle.total_s >= 4 * 0.05


def test_a_fault_that_came_too_late_did_not_reach_the_client(open_session, client_of, shapes, calls):
    session = open_session(faults=[Fault(id="late", delay_s=20.0, status=500)])
    client = client_of(session)
    path, body = shapes.request_of("chat")
    with pytest.raises(httpx.ReadTimeout):
        client.post(path, json=body, timeout=0.5)
    (call,) = calls(session)
    assert (call.fault, call.fault_reached, call.outcome) == ("late", None, "hung_up")


def strikes(plan, seed, calls):
    faults = Faults(plan, seed)
    return [struck and struck.id for struck in (faults.strike(path, model) for path, model in calls)]


CALLS = [("/v1/messages", "a"), ("/v1/chat/completions", "b")] * 200


class TestRules:
    def test_by_path_and_model(self):
        plan = [Fault(id="p", path="*/messages", status=500), Fault(id="m", model="b*", status=500)]
        assert strikes(plan, 1, CALLS[:4]) == ["p", "m", "p", "m"]

    def test_by_number_among_those_that_match(self):
        assert strikes([Fault(id="n", model="b", nth=(2, 3), status=500)], 1, CALLS[:8]) == [
            None, None, None, "n", None, "n", None, None,
        ]  # fmt: skip

    def test_by_chance_from_a_seed(self):
        plan = [Fault(id="c", probability=0.25, status=500)]
        first = strikes(plan, 7, CALLS)
        assert first == strikes(plan, 7, CALLS)
        assert first != strikes(plan, 8, CALLS)
        assert 60 < first.count("c") < 140

    def test_another_rule_does_not_shift_the_first(self):
        plan = [Fault(id="c", probability=0.25, status=500)]
        more = [*plan, Fault(id="d", probability=0.5, status=503)]
        alone, both = strikes(plan, 7, CALLS), strikes(more, 7, CALLS)
        assert [struck == "c" for struck in alone] == [struck == "c" for struck in both]

    @pytest.mark.parametrize("rule", [{}, {"status": 500, "drop": True}, {"status": 200}, {"sttus": 500}])
    def test_a_rule_that_makes_no_sense_is_refused(self, rule):
        with pytest.raises(ValidationError):
            Fault(id="x", **rule)
