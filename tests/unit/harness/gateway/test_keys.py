"""Keys: the client has the trial's token, the provider gets the real key, and neither is ever written down."""

import gzip
import json

import httpx
import pytest
from scripted_provider import Reply, sse

from harness.gateway import GatewayError, Upstream, check, read_upstreams

CREDENTIALS = [("authorization", "Bearer {}"), ("x-api-key", "{}"), ("x-goog-api-key", "{}")]
EXPECTED = {
    "chat": ("authorization", "Bearer {}"),
    "responses": ("authorization", "Bearer {}"),
    "messages": ("x-api-key", "{}"),
    "gemini": ("x-goog-api-key", "{}"),
}


def everything_below(folder):
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"".join(gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one for one in data)


@pytest.mark.parametrize("protocol", EXPECTED)
@pytest.mark.parametrize(("header", "form"), CREDENTIALS)
def test_the_token_is_swapped_for_the_key(provider, session, client_of, ask, shapes, protocol, header, form):
    client = client_of(session, **{"authorization": "", header: form.format(session.token)})
    assert ask(client, protocol).status_code == 200
    (got,) = provider.received
    name, expected = EXPECTED[protocol]
    assert got.headers[name] == expected.format(shapes.key)
    assert session.token not in str(got)


def test_the_token_may_come_in_the_query_as_gemini_allows(provider, session, client_of):
    path = f"/v1beta/models/m:streamGenerateContent?alt=sse&key={session.token}"
    assert client_of(session, authorization="").post(path, json={"contents": []}).status_code == 200
    assert provider.received[0].query == "alt=sse"


@pytest.mark.parametrize("protocol", EXPECTED)
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic {}", "{}", "Bearer é"])
def test_no_token_no_answer(provider, session, client_of, ask, calls, protocol, given):
    client = client_of(session, authorization=given.format(session.token).encode())
    answer = ask(client, protocol)
    assert answer.status_code == 401
    assert answer.json()["error"].get("type", answer.json()["error"].get("status")) in (
        "authentication_error",
        "UNAUTHENTICATED",
    )
    assert not provider.received
    assert calls(session)[0].outcome == "refused"


def test_another_trials_token_is_no_token(provider, open_session, client_of, ask):
    mine, other = open_session(), open_session()
    assert ask(client_of(mine, authorization=f"Bearer {other.token}")).status_code == 401
    assert not provider.received


def test_no_secret_is_written_down_or_handed_on(running, provider, tmp_path, client_of, ask, shapes):
    """Not even where a provider repeats the key, a client its token, or an error all of it."""
    key = shapes.key
    leak = {"error": {"message": f"bad key {key}"}}
    replies = [
        Reply(json.dumps(leak).encode(), 401, {"x-your-key": key}),
        Reply([sse({"text": key})]),
        Reply([f"data: {key} ".encode(), None]),
        Reply(b"", 302, {"location": f"http://elsewhere/?key={key}"}),
        Reply(json.dumps({"text": key}).encode()),
    ]
    provider.script = lambda request: replies.pop(0)
    seen = b""
    with running[1].session(tmp_path) as session:
        session.begin_turn(1, 1)
        client = client_of(session)
        for stream in (False, True, True, False, False):
            try:
                answer = ask(client, "messages", stream=stream, text=f"my token is {session.token}")
                seen += answer.content + str(answer.headers).encode()
            except httpx.HTTPError as error:
                seen += str(error).encode()
        ask(client, "messages", model=session.token)
        client.get(f"/v1/{session.token}")
        token = session.token.encode()
    written = everything_below(tmp_path)
    assert b"bad key" in written
    assert key.encode() not in written
    assert token not in written
    assert key.encode() not in seen
    assert key not in repr(running[1]._upstreams)


class TestEnvironment:
    def test_addresses_have_defaults_and_ends_are_tidied(self):
        found = read_upstreams(
            {
                "OPENAI_API_KEY": "a",
                "ANTHROPIC_API_KEY": "b",
                "ANTHROPIC_BASE_URL": "https://x/v1/",
                "GEMINI_API_KEY": "c",
            }
        )
        assert {name: (up.base_url, up.key) for name, up in found.items()} == {
            "openai": ("https://api.openai.com/v1", "a"),
            "anthropic": ("https://x", "b"),
            "google": ("https://generativelanguage.googleapis.com", "c"),
        }

    def test_a_local_server_needs_no_key(self):
        (found,) = read_upstreams({"OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}).values()
        assert found.auth() == {}

    def test_nothing_at_all_is_an_error_with_a_remedy(self):
        with pytest.raises(GatewayError, match="OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY"):
            read_upstreams({"OPENAI_API_KEY": " "})

    def test_a_needed_provider_must_be_there(self):
        with pytest.raises(GatewayError, match=r"calls anthropic's API.*set ANTHROPIC_API_KEY"):
            read_upstreams({"OPENAI_API_KEY": "a"}, {"anthropic"})

    def test_an_address_must_be_one(self):
        with pytest.raises(GatewayError, match="OPENAI_BASE_URL is 'localhost'"):
            read_upstreams({"OPENAI_BASE_URL": "localhost"})

    def test_a_provider_without_a_key_is_told_to_the_client(self, open_session, open_gateway, client_of, ask, provider):
        env = {"OPENAI_BASE_URL": f"{provider.url}/v1", "OPENAI_API_KEY": "k"}
        session = open_session(gateway=open_gateway(env))
        answer = ask(client_of(session), "messages")
        assert (answer.status_code, "no key for the provider anthropic" in answer.text) == (400, True)


class TestCheck:
    def test_a_provider_that_lists_the_model_is_fine(self, provider):
        provider.script = lambda request: Reply(b'{"data": [{"id": "m"}]}')
        check(read_upstreams(provider.env()), "m")

    def test_one_that_has_no_list_may_be(self, provider):
        provider.script = lambda request: Reply(b"", 404)
        check(read_upstreams(provider.env()), "m")

    def test_an_unknown_model_has_near_names(self, provider):
        provider.script = lambda request: Reply(b'{"data": [{"id": "gpt-5"}, {"id": "o3"}]}')
        with pytest.raises(GatewayError, match=r"no model `gtp-5`.*Near names: gpt-5"):
            check(read_upstreams(provider.env()), "gtp-5")

    def test_a_refused_key_is_named_not_shown(self, provider, shapes):
        provider.script = lambda request: Reply(b"{}", 401)
        with pytest.raises(GatewayError, match="refuses the key in OPENAI_API_KEY") as caught:
            check(read_upstreams(provider.env()), "m")
        assert shapes.key not in str(caught.value)

    def test_a_provider_that_nobody_needs_may_be_down(self, provider):
        provider.script = lambda request: Reply(b'{"data": [{"id": "m"}]}')
        down = {"anthropic": Upstream("anthropic", "http://127.0.0.1:9", "k")}
        openai = read_upstreams({"OPENAI_BASE_URL": provider.url})
        check({**openai, **down}, "m")
        check({**openai, **down}, "m", {"openai"})
        with pytest.raises(GatewayError, match="does not answer"):
            check({**openai, **down}, "m", {"anthropic"})

    def test_nobody_there_is_told(self):
        with pytest.raises(GatewayError, match="does not answer"):
            check({"openai": Upstream("openai", "http://127.0.0.1:9/v1", "k")}, "m")
