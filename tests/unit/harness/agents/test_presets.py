"""The agent files that come with relaybench: what each must say, and what it makes of its program's output.

A new one needs a file in `harness/agents/presets/` and a line in `PRINTED`; `tests/agents` drives the real program.
"""

import re

import pytest

from harness.agents import load_agent, presets
from harness.agents.agent_file import load_agent_file
from harness.agents.command import _found, _judged
from harness.sandbox import Completed

KNOWN = {"program", "cli", "session", "message", "message_file", "round", "gateway_url", "gateway_key", "model"}

# By agent: what it prints in a good turn that ends with the words `It said "no".`, the session in it, and a bad turn.
PRINTED = {
    "claude-code": (
        '{"type":"result","subtype":"success","is_error":false,"result":"It said \\"no\\".","session_id":"s"}',
        None,
        '{"type":"result","subtype":"success","is_error":true,"api_error_status":400,"result":"API Error"}',
    ),
    "codex": (
        '{"type":"thread.started","thread_id":"0199-a"}\n'
        '{"type":"item.completed","item":{"id":"1","type":"agent_message","text":"It said \\"no\\"."}}',
        "0199-a",
        '{"type":"turn.failed","error":{"message":"unexpected status 400"}}',
    ),
    "gemini-cli": (
        '{"type":"message","timestamp":"t","role":"assistant","content":"It said \\"no\\".","delta":true}',
        None,
        '{"type":"result","timestamp":"t","status":"error","error":{"type":"Error"}}',
    ),
    "gptme": (
        '{"type": "message", "role": "assistant", "content": "\\n@shell(call-1): {}", "timestamp": "t"}\n'
        '{"type": "message", "role": "assistant", "content": "It said \\"no\\".\\n@complete(call-3): {\\"a\\": 1}",'
        ' "timestamp": "t", "metadata": {}}\n'
        '{"type": "message", "role": "system", "content": "Task complete.", "timestamp": "t"}',
        None,
        None,
    ),
    "mini-swe-agent": ('Retrying\nLAST WORDS "It said \\"no\\"."', None, None),
    "opencode": (
        '{"type":"text","timestamp":1,"sessionID":"ses_1","part":{"id":"p","type":"text","text":"It said \\"no\\"."}}',
        "ses_1",
        '{"type":"error","timestamp":1,"sessionID":"ses_1","error":{"name":"APIError"}}',
    ),
    "qwen-code": (
        '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"It said \\"no\\"."}',
        None,
        '{"type":"result","subtype":"success","is_error":false,"result":"Well. [API Error: 400 no]"}',
    ),
}


@pytest.fixture(params=sorted(presets()))
def spec(request):
    return load_agent_file(presets()[request.param])


def completed(text, code=0):
    return Completed(code, text.encode(), b"", 1.0)


def test_it_can_be_named(spec):
    name, maker = load_agent(spec.name)
    assert name == spec.name == presets()[spec.name].stem
    assert maker.models == "one"
    assert maker.provider == spec.provider is not None


def test_it_goes_through_the_gateway_and_is_told_how_things_are_done(spec):
    assert spec.names("gateway_url")
    assert spec.names("gateway_key")
    assert spec.preface
    assert spec.command.stdin or spec.names("message") or spec.names("message_file")


def test_every_placeholder_is_known(spec):
    texts = [*spec.command.first, *(spec.command.next or ()), *spec.command.env.values(), *spec.home.values()]
    assert {name for text in texts for name in re.findall(r"\{(\w+)\}", text)} <= KNOWN


def test_it_is_installed_in_one_version(spec):
    assert spec.install
    assert all(re.search(r"@\d", package) for package in spec.install.npm)
    assert all("==" in wheel for wheel in spec.install.pip)


def test_its_last_words_and_its_session_are_found(spec):
    good, session, _ = PRINTED[spec.name]
    end = _judged(spec.command, completed(good))
    assert end.reason == "finished"
    assert end.output == 'It said "no".'
    assert (spec.command.session_pattern and _found(spec.command.session_pattern, completed(good))) == session


def test_a_failure_is_seen_whatever_the_exit_status(spec):
    _, _, bad = PRINTED[spec.name]
    assert _judged(spec.command, completed(bad or "", 0 if bad else 1)).reason == "failed"
