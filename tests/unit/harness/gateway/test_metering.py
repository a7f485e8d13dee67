"""What the ledger says is what the provider counted."""

import json
import threading
import time

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_provider import Reply, Tokens, say, sse, stream_of, usage

from harness.gateway import Usage, read_ledger, totals
from harness.gateway.bodies import read_body
from harness.gateway.ledger import Tokens as LedgerTokens
from harness.gateway.prices import list_prices

PROTOCOLS = ("chat", "responses", "messages", "gemini")
COUNTED = Tokens(input=1_000, cached=600, cache_write=0, output=50, reasoning=20)
WRITTEN = Tokens(input=1_000, cached=600, cache_write=300, output=50)
ALL = Tokens(input=1_000, cached=600, cache_write=300, output=50, reasoning=20)
# Gemini does not tell what a cache took in, Messages not how much was thought.
TOLD = {"chat": ALL, "responses": ALL, "messages": WRITTEN, "gemini": COUNTED}


def counted(call):
    return Tokens(
        call.input_tokens, call.cached_tokens, call.cache_write_tokens, call.output_tokens, call.reasoning_tokens
    )


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_counts_mean_the_same_in_every_protocol(provider, session, client, ask, calls, protocol, stream):
    told = TOLD[protocol]
    provider.script = lambda request: say(request, "well done", told)
    ask(client, protocol, stream=stream)
    (call,) = calls(session)
    assert (counted(call), call.estimated, call.outcome, call.status) == (told, False, "ok", 200)
    assert (call.protocol, call.stream, call.sent) == (protocol, stream, True)


def test_a_chat_stream_is_asked_for_its_counts_and_the_client_does_not_see_them(
    provider, session, client, calls, shapes
):
    provider.script = lambda request: say(request, "one two", COUNTED)
    path, _ = shapes.request_of("chat")
    raw = b'{"model": "m", "messages": [], "stream": true}'
    answer = client.post(path, content=raw)
    assert answer.content == b"".join(stream_of("chat", "one two", COUNTED, include_usage=False))
    assert provider.received[0].body == {**json.loads(raw), "stream_options": {"include_usage": True}}
    assert counted(calls(session)[0]) == COUNTED


@pytest.mark.parametrize("options", [{"include_usage": False}, {"include_obfuscation": False}, None])
def test_other_stream_options_stay(provider, session, client, ask, calls, options):
    provider.script = lambda request: say(request, "one", COUNTED)
    ask(client, stream=True, stream_options=options)
    assert provider.received[0].body["stream_options"] == {**(options or {}), "include_usage": True}
    assert counted(calls(session)[0]) == COUNTED


def test_a_stream_that_never_tells_is_estimated_and_marked(provider, session, client, ask, calls):
    provider.script = lambda request: Reply(stream_of("chat", "x" * 399, COUNTED, include_usage=False))
    ask(client, stream=True, text="y" * 4_000)
    (call,) = calls(session)
    assert (call.estimated, call.outcome, call.output_tokens) == (True, "ok", 100)
    assert 1_000 < call.input_tokens < 1_050


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_stream_that_breaks_off_is_estimated_and_marked(provider, session, client, ask, calls, protocol):
    whole = stream_of(protocol, "word " * 40, COUNTED)
    provider.script = lambda request: Reply([*whole[:21], None])
    ask(client, protocol, stream=True)
    (call,) = calls(session)
    assert (call.estimated, call.outcome) == (True, "cut")
    assert 20 <= call.output_tokens <= 40
    assert session.end_turn().failed == 1


def test_an_input_told_before_the_break_is_not_estimated(provider, session, client, ask, calls):
    provider.script = lambda request: Reply([*stream_of("messages", "word " * 9, WRITTEN)[:4], None])
    ask(client, "messages", stream=True)
    (call,) = calls(session)
    assert (call.input_tokens, call.cached_tokens, call.cache_write_tokens) == (1_000, 600, 300)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_that_hangs_up_ends_the_providers_work_at_once(provider, session, client, shapes, calls, protocol):
    never = threading.Event()
    provider.script = lambda request: Reply([*stream_of(protocol, "word " * 9, COUNTED)[:3], never])
    path, body = shapes.request_of(protocol, stream=True)
    with client.stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
    assert provider.received[0].hung_up.wait(10)  # no timeout of ours is that short
    (call,) = calls(session)
    assert (call.outcome, call.estimated, call.sent) == ("hung_up", True, True)
    never.set()


def test_a_client_that_leaves_after_the_last_event_has_not_hung_up(provider, session, client, shapes, calls):
    never = threading.Event()
    whole = stream_of("responses", "done", COUNTED)
    provider.script = lambda request: Reply([b"".join(whole), never])
    path, body = shapes.request_of("responses", stream=True)
    with client.stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
    (call,) = calls(session)
    never.set()
    assert (call.outcome, call.estimated, counted(call)) == ("ok", False, COUNTED)


def test_retries_and_side_calls_are_told_apart(provider, session, client, ask, calls):
    failing = [500, 429, 200]
    provider.script = lambda request: Reply(b"{}", failing.pop(0)) if failing else say(request, "x")
    for _ in range(3):
        ask(client, text="same")
    ask(client, text="other", tools=False)
    first, second, third, fourth = calls(session, 4)
    assert [call.retry_of for call in (first, second, third, fourth)] == [None, first.id, first.id, None]
    assert [call.outcome for call in (first, second, third, fourth)] == ["upstream_error"] * 2 + ["ok"] * 2
    used = session.end_turn()
    assert (used.calls, used.failed, used.retries, used.auxiliary) == (4, 2, 2, 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_error_of_the_provider_comes_through_and_costs_nothing(provider, session, client, ask, calls, protocol):
    provider.script = lambda request: Reply(b'{"error": "theirs"}', 529, {"retry-after": "3"})
    answer = ask(client, protocol, stream=True)
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (529, b'{"error": "theirs"}', "3")
    (call,) = calls(session)
    assert (call.outcome, call.upstream_status, counted(call)) == ("upstream_error", 529, Tokens(0, 0, 0, 0, 0))
    assert not call.estimated


def test_an_error_within_a_stream_is_one(provider, session, client, ask, calls):
    provider.script = lambda request: Reply([sse({"error": {"message": "overloaded"}})])
    ask(client, stream=True)
    assert calls(session)[0].outcome == "upstream_error"


def test_an_answer_that_is_no_json_is_one_too(provider, session, client, ask, calls):
    provider.script = lambda request: Reply(b"<html>")
    assert ask(client).content == b"<html>"
    assert calls(session)[0].outcome == "upstream_error"


def test_times_are_taken(provider, session, client, ask, calls):
    provider.script = lambda request: Reply([0.05, *stream_of("messages", "a b", COUNTED), 0.05])
    ask(client, "messages", stream=True)
    (call,) = calls(session)
    assert call.first_byte_s >= 0.05
    assert call.total_s >= 0.1  # both pauses
    assert session.end_turn().first_reply_s == (call.first_byte_s,)


class TestTurns:
    def test_calls_belong_to_the_turn_they_began_in(self, session, client, ask):
        ask(client, text="1")
        assert session.end_turn().calls == 1
        session.begin_turn(1, 2)
        ask(client, text="2")
        ask(client, text="3")
        assert session.end_turn().calls == 2
        session.begin_turn(2, 1)
        assert session.end_turn() == Usage()
        assert (session.usage(1).calls, session.usage(2).calls, session.usage().calls) == (3, 0, 3)

    def test_calls_between_turns_are_an_anomaly_on_record(self, session, client, ask, calls):
        session.end_turn()
        ask(client)
        assert calls(session)[0].between_turns
        assert session.usage().between_turns == 1

    def test_a_turns_end_ends_its_calls(self, provider, session, client, shapes, calls):
        provider.script = lambda request: Reply([*stream_of("chat", "a b", COUNTED)[:1], threading.Event()])
        path, body = shapes.request_of("chat", stream=True)
        with client.stream("POST", path, json=body) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            used = session.end_turn()
            with pytest.raises(httpx.HTTPError):
                list(pieces)
        assert (used.calls, used.estimated) == (1, True)
        assert calls(session)[0].outcome == "ended"


class TestRecord:
    def test_every_call_is_a_line_with_its_bodies(self, running, provider, tmp_path, client_of, ask):
        with running[1].session(tmp_path) as session:
            session.begin_turn(1, 1)
            client = client_of(session)
            ask(client, text="question")
            ask(client, "messages", text="same", stream=True)
            ask(client, "messages", text="same", stream=True)
            session.end_turn()
            in_memory = session.ledger.calls
        on_disk = read_ledger(tmp_path / "ledger.jsonl")
        assert on_disk == in_memory
        first, second, third = on_disk
        assert json.loads(read_body(tmp_path / "bodies", first.request)) == provider.received[0].body
        assert b"hello" in read_body(tmp_path / "bodies", first.response)
        assert (second.request, second.response) == (third.request, third.response)
        assert len(list((tmp_path / "bodies").iterdir())) == 4

    def test_a_body_has_a_size(self, running, provider, tmp_path, client_of, ask):
        with running[1].session(tmp_path) as session:
            ask(client_of(session), text="x" * (9 << 20))
        (call,) = read_ledger(tmp_path / "ledger.jsonl")
        stored = read_body(tmp_path / "bodies", call.request)
        assert len(stored) < 9 << 20
        assert stored.endswith(b"bytes in all]")

    def test_a_refused_call_is_a_line_too(self, session, client, calls):
        client.post("/v1/messages", content=b"{")
        assert calls(session)[0].outcome == "refused"


class TestPrices:
    def test_each_kind_of_token_has_its_price(self):
        price = list_prices().of("claude-sonnet-4-5")
        tokens = LedgerTokens(input=1_000_000, cached=600_000, cache_write=300_000, output=100_000)
        assert price.of(tokens) == pytest.approx(0.1 * 3 + 0.6 * 0.3 + 0.3 * 3.75 + 0.1 * 15)

    @pytest.mark.parametrize("name", ["gpt-5", "gpt-5-2025-08-07", "openai/gpt-5", "gpt-5-latest"])
    def test_a_date_or_a_prefix_is_the_same_model(self, name):
        assert list_prices().of(name) == list_prices().models["gpt-5"]

    @pytest.mark.parametrize("name", ["gpt-5-other", "llama", ""])
    def test_another_name_is_another_model(self, name):
        assert list_prices().of(name) is None

    def test_a_call_is_priced(self, provider, open_session, client_of, ask):
        session = open_session(model="gpt-5")
        provider.script = lambda request: say(request, "x", COUNTED)
        ask(client_of(session))
        assert session.end_turn().dollars == pytest.approx((400 * 1.25 + 600 * 0.125 + 50 * 10) / 1e6)

    def test_an_unknown_price_is_none_not_zero(self, session, client, ask):
        ask(client)
        assert session.end_turn().dollars is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(PROTOCOLS),
        st.booleans(),
        st.sampled_from(["answer", "answer", "fail", "hang up", "repeat"]),
        st.integers(1, 5_000),
        st.integers(0, 900),
    ),
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_totals_are_the_providers_own(steps, provider, open_session, client_of, shapes):
    """Whatever happens in whatever order: as many calls as it received, and the tokens it told, to the last one."""
    session = open_session()
    client, told, hung_up, failed = client_of(session), [], 0, 0
    provider.received.clear()
    never = threading.Event()
    last = ("chat", {"model": "m", "messages": []})
    for number, (protocol, stream, what, size, output) in enumerate(steps):
        tokens = Tokens(input=size, cached=size // 3, output=output, reasoning=output // 2 * (protocol != "messages"))
        path, body = shapes.request_of(protocol, stream=stream or what == "hang up", text=f"step {number}")
        if what == "repeat":
            path, body = last
            path = path if path.startswith("/") else shapes.request_of(path)[0]
        last = (path, body)

        def script(request, what=what, tokens=tokens):
            if what == "fail":
                return Reply(b'{"error": {}}', 500)
            if what == "hang up":
                return Reply([*stream_of(request.protocol, "a b", tokens)[:2], never])
            if request.protocol == "messages":
                tokens = Tokens(tokens.input, tokens.cached, 0, tokens.output, 0)
            told.append(tokens)
            return say(request, "some words", tokens)

        provider.script = script
        if what == "hang up":
            hung_up += 1
            with client.stream("POST", path, json=body) as answer:
                pieces = answer.iter_raw()
                next(pieces)
            del pieces
        else:
            failed += what == "fail"
            client.post(path, json=body)
    deadline = time.monotonic() + 5
    while len(session.ledger.calls) < len(steps) and time.monotonic() < deadline:
        time.sleep(0.001)
    never.set()
    used = session.end_turn()
    assert used.calls == len(provider.received) == len(steps)
    assert used.failed == failed
    exact = totals(call for call in session.ledger.calls if not call.estimated)
    assert sum(call.estimated for call in session.ledger.calls) == hung_up
    assert (exact.input_tokens, exact.cached_tokens, exact.output_tokens, exact.reasoning_tokens) == (
        sum(t.input for t in told),
        sum(t.cached for t in told),
        sum(t.output for t in told),
        sum(t.reasoning for t in told),
    )
    bodies = [(got.path, got.raw) for got in provider.received]
    assert used.retries == len(bodies) - len(set(bodies))


def test_the_scripted_providers_words_differ_by_protocol():
    """Else the tests above would prove less than they say."""
    assert usage("messages", WRITTEN)["input_tokens"] == 100
    assert usage("gemini", COUNTED)["candidatesTokenCount"] == 30
