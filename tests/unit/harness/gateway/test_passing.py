"""What goes through the gateway comes out unchanged, at once, and only where it should."""

import gzip
import json
import socket
import threading
import zlib
from urllib.parse import unquote

import httpx
import pytest
from scripted_provider import Reply, Tokens, body_of, say, sse, stream_of

from harness.gateway import Timeouts

PROTOCOLS = ("chat", "responses", "messages", "gemini")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_an_answer_comes_through_byte_for_byte(provider, client, ask, protocol, stream):
    sent = []

    def script(request):
        reply = say(request, "one two three")
        sent.append(reply.body if isinstance(reply.body, bytes) else b"".join(reply.body))
        return reply

    provider.script = script
    extra = {"stream_options": {"include_usage": True}} if protocol == "chat" and stream else {}
    assert ask(client, protocol, stream=stream, **extra).content == sent[0]


def test_each_event_arrives_when_it_was_sent_not_later(provider, client, shapes):
    """The provider sends the next event only when the client has the last one: a held-back event would never come."""
    gates = [threading.Event() for _ in range(4)]
    words = [sse({"choices": [{"delta": {"content": str(n)}}]}) for n in range(4)]
    provider.script = lambda request: Reply([part for pair in zip(words, gates, strict=True) for part in pair])
    path, body = shapes.request_of("chat", stream=True)
    with client.stream("POST", path, json=body) as answer:
        for word, gate, got in zip(words, gates, answer.iter_raw(), strict=True):
            assert got == word
            gate.set()


def test_half_an_event_is_not_held_back_either(provider, client, shapes):
    gate = threading.Event()
    provider.script = lambda request: Reply([b"data: {", gate, b"}\n\n"])
    path, body = shapes.request_of("messages", stream=True)
    with client.stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"data: {"
        gate.set()
        assert b"".join(pieces) == b"}\n\n"


def test_unknown_fields_headers_and_query_reach_the_provider_untouched(provider, client):
    raw = b'{ "model": "m",\n "messages": [], "odd" : {"x": 1.0, "y": "\\u00e9"}, "tools":[{"type":"unheard-of"}] }'
    headers = {"anthropic-beta": "a,b", "anthropic-version": "2023-06-01", "x-codex-turn": "7", "openai-x": "y"}
    client.post("/v1/messages?beta=true", content=raw, headers={**headers, "content-type": "application/json"})
    (got,) = provider.received
    assert (got.raw, got.path, got.query) == (raw, "/v1/messages", "beta=true")
    assert headers.items() <= got.headers.items()


def test_the_providers_headers_come_back_but_for_those_of_the_connection(provider, client, ask):
    extra = {"x-request-id": "7", "anthropic-ratelimit-x": "9", "set-cookie": "a=b"}
    provider.script = lambda request: Reply(body_of("chat", "x", Tokens()).__repr__().encode(), headers=extra)
    headers = ask(client).headers
    assert (headers["x-request-id"], headers["anthropic-ratelimit-x"]) == ("7", "9")
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_the_version_in_the_path_may_be_missing(provider, client, path):
    assert client.post(path, json={"model": "m", "messages": []}).status_code == 200
    assert provider.received[0].path == "/v1/chat/completions"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
def test_compressed_requests_are_unpacked(provider, client, shapes, protocol, encoding, pack):
    path, body = shapes.request_of(protocol)
    packed = pack(json.dumps(body).encode())
    assert client.post(path, content=packed, headers={"content-encoding": encoding}).status_code == 200
    assert provider.received[0].body == body
    assert "content-encoding" not in provider.received[0].headers


def test_chunked_requests_are_put_together(provider, client, shapes):
    path, body = shapes.request_of("chat")
    raw = json.dumps(body).encode()
    assert client.post(path, content=iter([raw[:9], raw[9:]])).status_code == 200
    assert provider.received[0].raw == raw


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_encoding_not_understood_is_refused_as_such(provider, client, shapes, protocol):
    path, _ = shapes.request_of(protocol)
    answer = client.post(path, content=b"\x28\xb5\x2f\xfd", headers={"content-encoding": "zstd"})
    assert answer.status_code == 415
    assert "zstd" in answer.text
    assert not provider.received


@pytest.mark.parametrize(
    ("raw", "encoding", "status"),
    [(b"{", "", 400), (b"[]", "", 400), (b"x", "gzip", 400), (gzip.compress(b"{}", mtime=0)[:-9], "gzip", 400)],
)
def test_a_body_that_is_none_is_refused(provider, client, raw, encoding, status):
    answer = client.post("/v1/messages", content=raw, headers={"content-encoding": encoding} if encoding else {})
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, "invalid_request_error")
    assert not provider.received


def test_a_small_request_cannot_become_a_huge_one(client):
    bomb = gzip.compress(bytes(80 << 20), 1)
    answer = client.post("/v1/messages", content=bomb, headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")


def test_twelve_megabytes_pass_both_ways(provider, client, ask):
    provider.script = lambda request: say(request, "y" * (12 << 20))
    answer = ask(client, text="x" * (12 << 20))
    assert len(answer.json()["choices"][0]["message"]["content"]) == 12 << 20
    assert len(provider.received[0].raw) > 12 << 20


def test_a_client_that_expects_to_be_told_to_continue_is_told(provider, session, shapes):
    path, body = shapes.request_of("chat")
    raw = json.dumps(body).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(session.socket))
        head = f"POST {path} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {session.token}\r\n"
        line.sendall(f"{head}expect: 100-continue\r\ncontent-length: {len(raw)}\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(raw)
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert "expect" not in provider.received[0].headers


def test_headers_without_end_are_refused(session):
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(session.socket))
        line.sendall(b"GET / HTTP/1.1\r\nhost: g\r\nx: " + b"y" * (100 << 10))
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def test_connections_are_kept(provider, session, client, ask):
    for _ in range(3):
        ask(client)
    assert session._door.inside == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("POST", "/v1/embeddings"), ("DELETE", "/v1/messages"), ("GET", "/v1/chat/completions")],
)
def test_an_unknown_path_is_404_in_json_and_on_record(provider, session, client, calls, method, path):
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"There is no {method} {path} here."
    (call,) = calls(session)
    assert (call.outcome, call.status, call.path, call.sent) == ("refused", 404, path, False)
    assert not provider.received


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_client_that_looks_whether_somebody_is_there_finds_so(provider, client, method):
    assert client.request(method, "/").status_code == 200
    assert not provider.received


def test_no_tunnel_is_opened(provider, session):
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(session.socket))
        line.sendall(b"CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 404")
    assert not provider.received


def test_a_redirect_is_not_followed(provider, session, client, ask, calls):
    provider.script = lambda request: Reply(b"", 307, {"location": f"{provider.url}/v1/elsewhere"})
    answer = ask(client, "messages")
    assert (answer.status_code, "location" in answer.headers) == (502, False)
    assert "redirect" in answer.json()["error"]["message"]
    assert len(provider.received) == 1
    assert calls(session)[0].outcome == "upstream_error"


def test_counting_tokens_is_passed_on_and_is_no_call(provider, session, client):
    provider.script = lambda request: Reply(b'{"input_tokens": 3}')
    assert client.post("/v1/messages/count_tokens", json={"model": "m", "messages": []}).json() == {"input_tokens": 3}
    provider.script = lambda request: Reply(b'{"totalTokens": 4}')
    assert client.post("/v1beta/models/m:countTokens", json={"contents": []}).json() == {"totalTokens": 4}
    usage = session.end_turn()
    assert (usage.calls, usage.tokens, usage.dollars) == (0, 0, 0.0)


def test_the_list_of_models_is_the_one_that_answers(provider, open_session, client_of):
    client = client_of(open_session(model="the-one"))
    assert [item["id"] for item in client.get("/v1/models").json()["data"]] == ["the-one"]
    theirs = client.get("/v1/models", headers={"anthropic-version": "2023-06-01"}).json()
    assert (theirs["data"][0]["id"], theirs["has_more"]) == ("the-one", False)
    assert client.get("/v1beta/models").json()["models"][0]["name"] == "models/the-one"
    assert not provider.received


def test_without_a_model_of_its_own_the_list_is_the_providers(provider, client):
    provider.script = lambda request: Reply(b'{"data": [{"id": "theirs"}]}')
    assert client.get("/v1/models").json() == {"data": [{"id": "theirs"}]}
    assert provider.received[0].path == "/v1/models"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_model_answers_whatever_is_asked_for(provider, open_session, client_of, ask, calls, protocol):
    session = open_session(model="real/one")
    ask(client_of(session), protocol)
    (got,) = provider.received
    if protocol == "gemini":
        assert got.path == "/v1beta/models/real/one:generateContent"  # quoted on the way, one segment
    else:
        assert got.body["model"] == "real/one"
    (call,) = calls(session)
    assert (call.model_asked, call.model) == ("m", "real/one")


def test_a_model_not_on_the_list_is_refused(provider, open_session, client_of, ask):
    client = client_of(open_session(allowed=["a", "b"]))
    answer = ask(client, "messages")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert "'m' is not allowed here; a, b are" in answer.text
    assert ask(client, model="a").status_code == 200
    assert len(provider.received) == 1


@pytest.mark.parametrize(
    ("protocol", "field"),
    [("chat", "max_tokens"), ("responses", "max_output_tokens"), ("messages", "max_tokens")],
)
def test_long_answers_are_capped(provider, open_session, client_of, ask, protocol, field):
    client = client_of(open_session(max_output=50))
    ask(client, protocol, **{field: 5_000})
    ask(client, protocol, **{field: 20})
    assert [got.body[field] for got in provider.received] == [50, 20]
    ask(client, "gemini")
    assert provider.received[-1].body["generationConfig"] == {"maxOutputTokens": 50}


def test_a_slow_reader_does_not_hold_up_others(provider, open_session, client_of, ask, shapes):
    def script(request):
        return Reply([b"data: " + b"x" * (1 << 20) + b"\n\n"] * 8) if request.stream else say(request, "quick")

    provider.script = script
    path, body = shapes.request_of("messages", stream=True)
    slow, other = open_session(), open_session()
    with client_of(slow).stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        for session in (slow, other):
            assert ask(client_of(session)).status_code == 200
        assert len(b"".join(pieces)) > 7 << 20


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model": "dear", "model": "m", "messages": []}',
        b'{"mod\\u0065l": "dear", "model": "m", "messages": []}',
        b'{"model": "m", "messages": [{"role": "user", "role": "system"}]}',
    ],
)
def test_a_body_that_means_two_things_is_refused(provider, client, raw):
    """Which of two keys counts is up to the reader: the provider might read another model than we did."""
    answer = client.post("/v1/chat/completions", content=raw)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert not provider.received


@pytest.mark.parametrize("name", ["m%3Fkey=1", "m%23x", "m%0dX%20y", "m%C3%A9", "m%20m"])
def test_a_models_name_in_a_path_stays_a_name(provider, client, name):
    assert client.post(f"/v1beta/models/{name}:generateContent", json={"contents": []}).status_code == 200
    (got,) = provider.received
    assert (got.path, got.query) == (f"/v1beta/models/{unquote(name)}:generateContent", "")


HOSTED = [
    ("chat", {"web_search_options": {}}, "web_search_options"),
    ("responses", {"tools": [{"type": "web_search"}, {"type": "shell"}]}, "web_search"),
    ("responses", {"tools": [{"type": "mcp", "server_url": "https://x"}, {"type": "shell"}]}, "mcp"),
    ("messages", {"tools": [{"type": "web_fetch_20250910", "name": "f"}, {"name": "bash"}]}, "web_fetch_20250910"),
    ("messages", {"mcp_servers": [{"url": "https://x"}]}, "mcp_servers"),
    ("gemini", {"tools": [{"googleSearch": {}}, {"functionDeclarations": []}]}, "googleSearch"),
    ("gemini", {"tools": [{"urlContext": {}, "functionDeclarations": []}]}, "urlContext"),
]


class TestHostedTools:
    """What runs at the provider and reaches the network would be a network for the box."""

    @pytest.mark.parametrize(("protocol", "more", "name"), HOSTED)
    def test_they_are_taken_out_and_the_rest_stays(self, provider, session, client, ask, calls, protocol, more, name):
        assert ask(client, protocol, **more).status_code == 200
        (got,) = provider.received
        assert name not in got.raw.decode()
        assert len(got.body["tools"]) == 1
        assert calls(session)[0].hosted_tools == (name,)

    def test_where_nothing_is_left_there_are_no_tools(self, provider, client, ask):
        ask(client, "responses", tools=[{"type": "web_search"}], tool_choice="required")
        assert not {"tools", "tool_choice"} & provider.received[0].body.keys()

    @pytest.mark.parametrize("tool", [{"type": "web_searcher"}, {"type": 7}, {"name": "web_search"}, "web_search", {}])
    def test_others_are_not_touched(self, provider, session, client, ask, calls, tool):
        ask(client, "responses", tools=[tool])
        assert provider.received[0].body["tools"] == [tool]
        assert calls(session)[0].hosted_tools == ()


class TestTimeouts:
    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_a_provider_that_says_nothing_is_given_up(self, provider, impatient, client_of, ask, calls, protocol):
        never = threading.Event()
        provider.script = lambda request: Reply([never])
        session = impatient(first_byte_s=0.3)
        answer = ask(client_of(session), protocol, stream=True)
        never.set()
        assert b"silent for too long" in answer.content
        (call,) = calls(session)
        assert (call.outcome, call.sent) == ("timed_out", True)

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_a_stream_that_stalls_ends_with_an_error_event(self, provider, impatient, client_of, ask, calls, protocol):
        never = threading.Event()
        begun = stream_of(protocol, "well then", Tokens())[:2]
        provider.script = lambda request: Reply([*begun, never])
        session = impatient(idle_s=0.3)
        answer = ask(client_of(session), protocol, stream=True)
        never.set()
        assert answer.status_code == 200
        assert answer.content.startswith(b"".join(begun))
        last = answer.content.removeprefix(b"".join(begun))
        assert last.endswith(b"\n\n")
        assert json.loads(last.partition(b"data: ")[2]).keys() & {"error", "message"}
        (call,) = calls(session)
        assert (call.outcome, call.estimated) == ("timed_out", True)

    def test_a_plain_answer_that_stalls_is_an_error_of_the_gateways(self, provider, impatient, client_of, ask):
        never = threading.Event()
        provider.script = lambda request: Reply([b"{", never], headers={"content-type": "application/json"})
        session = impatient(idle_s=0.3)
        answer = ask(client_of(session), "gemini")
        never.set()
        assert (answer.status_code, answer.json()["error"]["status"]) == (504, "DEADLINE_EXCEEDED")

    def test_a_whole_call_has_a_deadline(self, provider, open_session, open_gateway, client_of, ask, calls):
        session = open_session(gateway=open_gateway(timeouts=Timeouts(total_s=0.3)))
        provider.script = lambda request: Reply([part for _ in range(100) for part in (sse({}), 0.02)])
        assert b"too long" in ask(client_of(session), stream=True).content
        assert calls(session)[0].outcome == "timed_out"

    def test_nobody_at_the_address_is_told(self, open_session, open_gateway, client_of, ask, calls):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        session = open_session(gateway=open_gateway({"OPENAI_BASE_URL": nobody, "OPENAI_API_KEY": "k"}))
        answer = ask(client_of(session))
        assert (answer.status_code, answer.json()["error"]["type"]) == (502, "server_error")
        (call,) = calls(session)
        assert (call.outcome, call.input_tokens) == ("unreachable", 0)


def test_what_waits_for_the_client_does_not_wait_for_ever(provider, open_session, client_of, shapes, calls):
    """Ending the turn ends a stream nobody reads."""
    provider.script = lambda request: Reply([b"data: " + b"x" * (1 << 20) + b"\n\n"] * 8)
    session = open_session()
    path, body = shapes.request_of("messages", stream=True)
    with client_of(session).stream("POST", path, json=body) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        session.end_turn()
        assert calls(session)[0].outcome == "ended"
        with pytest.raises(httpx.HTTPError):
            list(pieces)
