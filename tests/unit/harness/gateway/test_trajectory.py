"""A session's calls as one ATIF document: one conversation, told in four protocols."""

import json

import atif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_provider import sse

from harness.gateway import Call
from harness.gateway.trajectory import build_trajectory

PROTOCOLS = ["chat", "responses", "messages", "gemini"]
GIVEN = {"command": "ls"}
OFFERED = {"name": "shell", "description": "Run.", "parameters": {"type": "object"}}


def talk(protocol, *said):
    """A request that repeats `said`: ("user", text), ("agent", text), ("call", text, id), ("result", text, id)."""
    if protocol == "chat":
        tell = {
            "user": lambda text, _: {"role": "user", "content": text},
            "agent": lambda text, _: {"role": "assistant", "content": text},
            "call": lambda text, id_: {"role": "assistant", "content": text, "tool_calls": [
                {"id": id_, "type": "function", "function": {"name": "shell", "arguments": json.dumps(GIVEN)}}]},
            "result": lambda text, id_: {"role": "tool", "tool_call_id": id_, "content": text},
        }  # fmt: skip
        start = [{"role": "system", "content": "be good"}]
        return {"messages": start + [tell[s[0]](s[1], s[-1]) for s in said],
                "tools": [{"type": "function", "function": OFFERED}]}  # fmt: skip
    if protocol == "responses":
        items = []
        for kind, text, *id_ in said:
            if kind in ("call", "agent"):
                items.append({"type": "reasoning", "summary": [], "encrypted_content": "x"})
                items.append(
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
                )
            if kind == "call":
                given = json.dumps(GIVEN)
                items.append({"type": "function_call", "call_id": id_[0], "name": "shell", "arguments": given})
            if kind == "result":
                items.append({"type": "function_call_output", "call_id": id_[0], "output": text})
            if kind == "user":
                items.append({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
        return {"instructions": "be good", "input": items, "tools": [{"type": "function", **OFFERED}]}
    if protocol == "messages":
        tell = {
            "user": lambda text, _: {"role": "user", "content": text},
            "agent": lambda text, _: {"role": "assistant", "content": text},
            "call": lambda text, id_: {"role": "assistant", "content": [
                {"type": "text", "text": text}, {"type": "tool_use", "id": id_, "name": "shell", "input": GIVEN}]},
            "result": lambda text, id_: {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id_, "is_error": False,
                 "content": [{"type": "text", "text": text}]}]},
        }  # fmt: skip
        offered = {"name": "shell", "description": "Run.", "input_schema": {"type": "object"}}
        return {"system": [{"type": "text", "text": "be good", "cache_control": {}}], "tools": [offered],
                "messages": [tell[s[0]](s[1], s[-1]) for s in said]}  # fmt: skip
    call = {"functionCall": {"name": "shell", "args": GIVEN}}
    tell = {
        "user": lambda text: {"role": "user", "parts": [{"text": text}]},
        "agent": lambda text: {"role": "model", "parts": [{"text": text}]},
        "call": lambda text: {"role": "model", "parts": [{"text": text}, call]},
        "result": lambda text: {
            "role": "user",
            "parts": [{"functionResponse": {"name": "shell", "response": {"output": text}}}],
        },
    }
    return {"systemInstruction": {"parts": [{"text": "be good"}]}, "tools": [{"functionDeclarations": [OFFERED]}],
            "contents": [tell[s[0]](s[1]) for s in said]}  # fmt: skip


def plain(protocol, kind, text, id_=None):
    """An answer in one piece, which says what a later request repeats."""
    body = talk(protocol, (kind, text, id_))
    if protocol == "chat":
        return json.dumps({"choices": [{"message": body["messages"][-1]}]}).encode()
    if protocol == "responses":
        return json.dumps({"object": "response", "output": body["input"]}).encode()
    if protocol == "messages":
        content = body["messages"][-1]["content"]
        content = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return json.dumps({"type": "message", "content": content}).encode()
    return json.dumps({"candidates": [{"content": body["contents"][-1]}]}).encode()


def streamed(protocol, text, id_):
    """A tool call in pieces."""
    given = json.dumps(GIVEN)
    if protocol == "chat":
        deltas = [{"content": text[:2]}, {"content": text[2:]},
                  {"tool_calls": [{"index": 0, "id": id_, "function": {"name": "shell", "arguments": ""}}]},
                  {"tool_calls": [{"index": 0, "function": {"arguments": given[:5]}}]},
                  {"tool_calls": [{"index": 0, "function": {"arguments": given[5:]}}]}]  # fmt: skip
        return b"".join(sse({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas) + sse("[DONE]")
    if protocol == "responses":
        items = json.loads(plain(protocol, "call", text, id_))["output"]
        done = b"".join(sse({"type": "response.output_item.done", "item": item}) for item in items)
        return done + sse({"type": "response.completed", "response": {"object": "response", "output": items}})
    if protocol == "messages":
        start, delta = "content_block_start", "content_block_delta"
        tool = {"type": "tool_use", "id": id_, "name": "shell", "input": {}}
        events = [{"type": "message_start", "message": {}},
                  {"type": start, "index": 0, "content_block": {"type": "text", "text": ""}},
                  {"type": delta, "index": 0, "delta": {"type": "text_delta", "text": text}},
                  {"type": start, "index": 1, "content_block": tool},
                  {"type": delta, "index": 1, "delta": {"type": "input_json_delta", "partial_json": given[:5]}},
                  {"type": delta, "index": 1, "delta": {"type": "input_json_delta", "partial_json": given[5:]}}
        ]  # fmt: skip
        return b"".join(sse(event, event["type"]) for event in events)
    parts = [{"text": text[:2]}, {"text": text[2:]}, {"functionCall": {"name": "shell", "args": GIVEN}}]
    return b"".join(sse({"candidates": [{"content": {"parts": [part]}}]}) for part in parts)


@pytest.fixture
def record():
    """Enters calls; `record.built()` is the document, which ATIF's own models accept."""

    class Record:
        def __init__(self):
            self.calls, self.bodies = [], {}

        def call(self, protocol, request, response=b"", **more):
            n = len(self.calls) + 1
            for name, body in (("in", request), ("out", response)):
                if body is not None:
                    self.bodies[f"{name}{n}"] = body if isinstance(body, bytes) else json.dumps(body).encode()
            about = {
                "id": n, "at": "2026-01-02T03:04:05.678+00:00", "began_s": float(n), "round": 1, "hand_in": 1,
                "between_turns": False, "method": "POST", "path": "/", "protocol": protocol, "kind": "generate",
                "outcome": "ok", "status": 200, "sent": True, "model": "m", "input_tokens": 10, "output_tokens": 2,
                "request": f"in{n}", "response": f"out{n}",
            }  # fmt: skip
            self.calls.append(Call(**{**about, **more}))

        def read(self, name):
            if name not in self.bodies:
                raise FileNotFoundError(name)
            return self.bodies[name]

        def built(self):
            made = build_trajectory(self.calls, self.read, agent="a", version="1", session="s")
            atif.Trajectory.model_validate(made)
            return made

    return Record()


def shown(made):
    """Each step as source, text, and what its tools gave."""
    return [
        (one["source"], one["message"], [r["content"] for r in one.get("observation", {"results": []})["results"]])
        for one in made["steps"]
    ]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_a_conversation_is_told_once(record, protocol, stream):
    first = [("user", "it is broken")]
    record.call(
        protocol,
        talk(protocol, *first),
        (streamed if stream else lambda p, *a: plain(p, "call", *a))(protocol, "look", "c1"),
    )
    second = [*first, ("call", "look", "c1"), ("result", "a.py", "c1")]
    record.call(protocol, talk(protocol, *second), plain(protocol, "call", "again", "c2"))
    third = [*second, ("call", "again", "c2"), ("result", "b.py", "c2")]
    record.call(protocol, talk(protocol, *third), plain(protocol, "agent", "done"))
    fourth = [*third, ("agent", "done"), ("user", "it is broken")]
    record.call(protocol, talk(protocol, *fourth), plain(protocol, "agent", "done"), round=2)
    made = record.built()
    assert shown(made) == [
        ("system", "be good", []),
        ("user", "it is broken", []),
        ("agent", "look", ["a.py"]),
        ("agent", "again", ["b.py"]),
        ("agent", "done", []),
        ("user", "it is broken", []),
        ("agent", "done", []),
    ]
    assert [one["extra"]["round"] for one in made["steps"]] == [1, 1, 1, 1, 1, 2, 2]
    assert [one["extra"]["calls"] for one in made["steps"]] == [[1], [1], [1], [2], [3], [4], [4]]
    assert made["steps"][2]["tool_calls"][0]["arguments"] == GIVEN
    assert made["agent"]["tool_definitions"] == [{"type": "function", "function": OFFERED}]
    assert made["final_metrics"]["total_prompt_tokens"] == 40
    assert "extra" not in made


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_id_used_twice_is_two_calls(record, protocol):
    said = [("user", "hi")]
    record.call(protocol, talk(protocol, *said), plain(protocol, "call", "one", "c"))
    said += [("call", "one", "c"), ("result", "first", "c")]
    record.call(protocol, talk(protocol, *said), plain(protocol, "call", "two", "c"))
    said += [("call", "two", "c"), ("result", "second", "c")]
    record.call(protocol, talk(protocol, *said), plain(protocol, "agent", "done"))
    assert [given for *_, given in shown(record.built())] == [[], [], ["first"], ["second"], []]


def test_failed_calls_stand_with_the_step_that_came_of_them(record):
    asked = talk("chat", ("user", "hi"))
    record.call("chat", asked, outcome="fault", status=429, fault="busy", sent=False)
    record.call("chat", asked, plain("chat", "agent", "hello"))
    record.call("chat", asked, outcome="unreachable", status=502)
    made = record.built()
    assert made["steps"][-1]["extra"]["failed_calls"] == [
        {"call": 1, "outcome": "fault", "status": 429, "fault": "busy"}
    ]
    assert made["extra"] == {"unanswered_calls": [{"call": 3, "outcome": "unreachable", "status": 502}]}


@pytest.mark.parametrize("body", [b'{"messages": [{"role": "us', None, b"[" * 5000, b"null"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_bodies_that_cannot_be_read_are_named(record, protocol, body):
    record.call(protocol, body, body)
    record.call(protocol, talk(protocol, ("user", "hi")), plain(protocol, "agent", "hello"))
    made = record.built()
    assert made["extra"] == {"unread_calls": [1]}
    assert shown(made)[-2:] == [("user", "hi", []), ("agent", "hello", [])]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_that_was_lost_is_taken_from_the_next_request(record, protocol):
    record.call(protocol, talk(protocol, ("user", "hi")), None, outcome="cut")
    said = [("user", "hi"), ("call", "look", "c1"), ("result", "a.py", "c1")]
    record.call(protocol, talk(protocol, *said), plain(protocol, "agent", "done"))
    assert shown(record.built())[2:] == [("agent", "look", ["a.py"]), ("agent", "done", [])]


@pytest.mark.parametrize("cut", range(0, 400, 37))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_stream_may_end_anywhere(record, protocol, cut):
    record.call(protocol, talk(protocol, ("user", "hi")), streamed(protocol, "look", "c1")[:cut], outcome="hung_up")
    made = record.built()
    assert shown(made)[:2] == [("system", "be good", []), ("user", "hi", [])]


def test_nonsense_of_an_agent_is_stored_all_the_same(record):
    deep = {"a": "\ud800"}
    for _ in range(200):
        deep = {"deep": deep}
    call = {"id": 5, "function": {"name": None, "arguments": deep}}
    record.call("chat", {"messages": [{"role": ["x"], "content": [{"text": "\udfff"}, 7]}], "tools": "none"},
                {"choices": [{"message": {"content": {"type": "x"}, "tool_calls": [call, "call"]}}]})  # fmt: skip
    assert json.dumps(record.built(), ensure_ascii=False).encode()


def test_a_server_that_keeps_the_conversation_is_sent_only_what_is_new(record):
    record.call("responses", {"input": "go on"}, plain("responses", "agent", "ok"))
    record.call("responses", {"input": "go on", "previous_response_id": "r1"}, plain("responses", "agent", "ok"))
    assert [text for _, text, _ in shown(record.built())] == ["go on", "ok", "go on", "ok"]


VOCABULARY = """
    messages role content tool_calls id function name arguments system user assistant tool text type input output
    function_call function_call_output call_id tool_use tool_result tool_use_id contents parts functionCall
    functionResponse response choices message delta index candidates tools item content_block_start
    content_block_delta content_block reasoning model
"""
WORDS = st.sampled_from(VOCABULARY.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(JSON, JSON), min_size=1, max_size=3))
def test_whatever_a_client_sends_there_is_a_document(protocol, pairs):
    bodies = {
        f"{side}{n}": json.dumps(body).encode()
        for n, pair in enumerate(pairs)
        for side, body in zip("io", pair, strict=True)
    }
    calls = [
        Call(id=n, at="2026-01-02T03:04:05Z", began_s=0, round=1, hand_in=1, between_turns=False, method="POST",
             path="/", protocol=protocol, kind="generate", outcome="ok", request=f"i{n}", response=f"o{n}")
        for n in range(len(pairs))
    ]  # fmt: skip
    atif.Trajectory.model_validate(build_trajectory(calls, bodies.__getitem__, agent="a", version="1", session="s"))


def test_a_document_has_an_end(record, monkeypatch):
    monkeypatch.setattr("harness.gateway.trajectory.build._LARGEST", 100)
    for n in range(4):
        record.call("chat", talk("chat", ("user", f"{n}" * 60)), plain("chat", "agent", "ok"))
    assert record.built()["extra"] == {"unread_calls": [3, 4]}
