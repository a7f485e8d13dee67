"""The minimal agent, against a scripted model and a box that is a function."""

import json
from types import SimpleNamespace

import pytest
from scripted_provider import Provider, Reply, say

from harness.agents import chat as module
from harness.agents.chat import SHOWN, TALK, Chat, HandIn, shortened
from harness.agents.metered import Metered
from harness.agents.protocol import Turn
from harness.gateway import Gateway, Limits, read_upstreams
from harness.sandbox import BoxGone, Completed

DONE = ("hand_in", {"summary": "all done", "root_cause": "a sign", "confidence": 0.9})


@pytest.fixture(scope="module")
def running():
    with Provider() as provider, Gateway(read_upstreams(provider.env())) as gateway:
        yield provider, gateway


@pytest.fixture
def play(running, tmp_path, monkeypatch):
    """A conversation: `play(replies)` with a list of replies, each a list of tool calls, a text or a `Reply`."""
    provider, gateway = running
    provider.received = []
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    ran, asked = [], []
    with gateway.session(tmp_path, model="m") as session:
        agent = Chat(session)
        metered = Metered(agent, session, {9: Limits(calls=1)})

        def run(argv, *, timeout_s, stop):
            ran.append((argv, timeout_s))
            if argv[-1] == "die":
                raise BoxGone("it died")
            if argv[-1] == "sleep":
                return Completed(None, b"", b"", 1.0, timed_out=True)
            return Completed(3, b"out of " + argv[-1].encode() + b"\n", b"err", 0.1)

        metered.enter(SimpleNamespace(run=run), lambda question: asked.append(question) or "since Friday")

        def turn(replies, *, round_=1, timeout_s=60.0, message="It is broken."):
            left = list(replies)

            def script(request):
                reply = left.pop(0) if left else [DONE]
                if isinstance(reply, Reply):
                    return reply
                return say(request, reply) if isinstance(reply, str) else say(request, "", tools=reply)

            provider.script = script
            return metered.turn(Turn(round_, round_ == 1, message, timeout_s))

        yield SimpleNamespace(
            turn=turn, agent=agent, ran=ran, asked=asked,
            sent=lambda n=-1: provider.received[n].body["messages"], requests=provider.received,
        )  # fmt: skip


def test_a_command_runs_in_the_box_and_the_model_sees_what_came_of_it(play):
    end = play.turn([[("shell", {"command": "ls"})]])
    assert (end.reason, end.output) == ("finished", "all done")
    assert play.ran[0][0] == ["sh", "-c", "ls"]
    system, message, asked, result = play.sent()
    assert (system["role"], message) == ("system", {"role": "user", "content": "It is broken."})
    assert asked["tool_calls"][0]["function"]["name"] == "shell"
    assert result == {"role": "tool", "tool_call_id": "call-0", "content": "out of ls\nerr\n[exit status 3]"}
    assert (end.usage.calls, end.usage.tokens) == (2, 36)


def test_the_reporter_is_asked(play):
    play.turn([[("ask_reporter", {"question": "since when?"})]])
    assert play.asked == ["since when?"]
    assert play.sent()[-1]["content"] == "since Friday"


def test_what_is_handed_in_is_kept(play):
    play.turn([])
    assert play.agent.hand_in == HandIn("all done", "a sign", (), 0.9, False)
    play.turn(["I", "talk"], round_=2)
    assert play.agent.hand_in is None


@pytest.mark.parametrize(("said", "kept"), [(7, 1.0), (-1, 0.0), (None, None)])
def test_a_confidence_is_a_probability(play, said, kept):
    play.turn([[("hand_in", {"summary": "", "confidence": said})]])
    assert play.agent.hand_in.confidence == kept


def test_the_conversation_goes_on_in_the_next_round(play):
    play.turn([[("shell", {"command": "one"})]])
    play.turn([[("shell", {"command": "two"})]], round_=2, message="Now a feature.")
    said = [message["content"] for message in play.sent() if message["role"] in ("user", "tool")]
    assert said[:3] == ["It is broken.", "out of one\nerr\n[exit status 3]", "Handed in."]
    assert said[3] == "Now a feature."


def test_several_calls_at_once_are_done_in_order(play):
    play.turn([[("shell", {"command": "a"}), ("ask_reporter", {"question": "b"}), ("nonsense", {})]])
    results = [message["content"] for message in play.sent() if message["role"] == "tool"]
    assert results[:2] == ["out of a\nerr\n[exit status 3]", "since Friday"]
    assert "There is no tool 'nonsense'" in results[2]


@pytest.mark.parametrize("call", [("shell", {"cmd": "ls"}), ("shell", []), ("hand_in", {"confidence": "high"})])
def test_a_call_that_is_not_well_formed_is_told_to_the_model(play, call):
    play.turn([[call]])
    assert "not well formed" in play.sent()[-1]["content"]
    assert not play.ran


def test_a_command_that_takes_too_long_is_told(play):
    play.turn([[("shell", {"command": "sleep"})]])
    assert "[killed after" in play.sent()[-1]["content"]


def test_one_that_only_talks_is_nudged_and_then_believed(play):
    end = play.turn(["I think", "that is all"])
    assert (end.reason, end.output, len(play.requests)) == ("finished", "that is all", TALK)
    assert "hand_in" in play.sent()[-1]["content"]


def test_a_failure_that_may_pass_is_tried_again(play):
    end = play.turn([Reply(b"{}", 429, {"retry-after": "1"}), Reply(b"{}", 500), Reply(b"no json")])
    assert (end.reason, end.usage.retries, end.usage.failed) == ("finished", 3, 3)


def test_one_that_will_not_pass_ends_the_turn(play):
    end = play.turn([Reply(b'{"error": "no such model"}', 404)])
    assert (end.reason, len(play.requests)) == ("failed", 1)
    assert "answers 404" in end.output
    assert "no such model" in end.output


def test_a_limit_ends_the_turn(play):
    end = play.turn([[("shell", {"command": "ls"})]], round_=9)
    assert end.reason == "failed"
    assert end.output.startswith("[ended: No more model calls")
    assert len(play.requests) == 1


def test_at_the_deadline_the_turn_is_over(play):
    end = play.turn([], timeout_s=0.0)
    assert (end.reason, play.requests) == ("timed_out", [])


def test_after_a_lost_box_the_conversation_is_still_one_that_servers_take(play):
    with pytest.raises(BoxGone):
        play.turn([[("shell", {"command": "die"})]])
    play.turn([], message="Again.")
    assert [message["role"] for message in play.sent()] == ["system", "user", "assistant", "tool", "user"]
    assert play.sent()[3]["content"] == "[interrupted]"


def test_the_tools_are_ones_that_servers_take():
    for tool in json.loads(json.dumps(module.TOOLS)):
        function = tool["function"]
        assert tool["type"] == "function"
        assert set(function["parameters"]["required"]) <= set(function["parameters"]["properties"])


def test_a_long_output_keeps_both_ends_and_says_what_is_missing():
    text = "a" * SHOWN + "b" * SHOWN
    short = shortened(text)
    assert (short[0], short[-1]) == ("a", "b")
    assert f"{SHOWN} characters left out" in short
    assert len(short) < SHOWN + 100
    assert shortened("short") == "short"
