"""A model that can solve the smallest task, played by a script, through everything: gateway, box, grades, record."""

import gzip
import json

import atif
import pytest
from scripted_provider import Provider, Reply, Tokens, say

from evaluator.evidence import Acted, Faulted
from evaluator.run.folder import read_info, read_results
from evaluator.run.run import Request, run
from evaluator.run.stored_trial import read_trial
from harness.gateway import GatewayError, read_ledger, totals

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]

KEY = "sk-real-key-0123456789"


class Quiet:
    def planned(self, *_): ...
    def say(self, *_): ...
    def began(self, *_): ...
    def metered(self, *_): ...
    def event(self, *_): ...
    def ended(self, *_): ...


@pytest.fixture
def provider(monkeypatch):
    with Provider() as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{provider.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        for name in ("ANTHROPIC", "GEMINI"):
            monkeypatch.delenv(f"{name}_API_KEY", raising=False)
        yield provider


def models(*names):
    return Reply(json.dumps({"data": [{"id": name} for name in names]}).encode())


def solver(tally):
    """Looks around, asks once, applies the round's solution, hands in."""
    patches = tally.solution(1)

    def script(request):
        if request.method == "GET":
            return models("the-model", "another")
        messages = request.body["messages"]
        round_ = sum(message["role"] == "user" for message in messages)
        steps = len(messages) - max(n for n, message in enumerate(messages) if message["role"] == "user")
        patch = f"git apply <<'END'\n{patches[round_].decode()}END\n"
        if steps == 1:
            tools = [("shell", {"command": "ls; env"}), ("ask_reporter", {"question": "Which amount did you enter?"})]
        elif steps == 4:
            tools = [("shell", {"command": f"{patch}python3 -m pytest -q tests 2>&1 | tail -3"})]
        else:
            tools = [("hand_in", {"summary": f"round {round_}", "confidence": 0.9})]
        return say(request, "", Tokens(input=100 * len(messages), cached=50, output=20), tools)

    return script


def test_a_model_solves_the_smallest_task(provider, tally, tmp_path):
    provider.script = solver(tally)
    request = Request(("chat",), (str(tally.folder),), sandbox="docker", run_dir=tmp_path / "run", model="the-model")
    path, _ = run(request, Quiet())
    (result,) = read_results(path)
    assert [round_.strict for round_ in result.rounds] == [True] * 3
    assert [round_.hand_ins for round_ in result.rounds] == [1] * 3
    assert result.questions == 3

    trial = path / "trials" / result.name
    calls = read_ledger(trial / "models" / "ledger.jsonl")
    posts = [got for got in provider.received if got.method == "POST"]
    assert [(call.round, call.hand_in) for call in calls] == [(1, 1)] * 3 + [(2, 1)] * 3 + [(3, 1)] * 3
    assert totals(calls).calls == len(posts) == 9
    assert totals(calls).input_tokens == sum(100 * len(got.body["messages"]) for got in posts)
    assert {call.model for call in calls} == {"the-model"}
    assert {got.headers["authorization"] for got in posts} == {f"Bearer {KEY}"}

    seen_in_box = [m["content"] for m in posts[-1].body["messages"] if m["role"] == "tool"]
    assert any("HOME=/home/agent" in text for text in seen_in_box)
    assert not any(KEY in text for text in seen_in_box)
    for file in path.rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert KEY.encode() not in (gzip.decompress(data) if file.suffix == ".gz" else data), file


def test_what_it_did_is_recorded(provider, tally, tmp_path):
    """A trajectory in ATIF, the actions in it as evidence, and what the sub-skills make of them."""
    provider.script = solver(tally)
    request = Request(("chat",), (str(tally.folder),), sandbox="docker", run_dir=tmp_path / "run", model="the-model")
    path, _ = run(request, Quiet())
    (result,) = read_results(path)
    made = json.loads((path / "trials" / result.name / "trajectory.json").read_bytes())
    atif.Trajectory.model_validate(made)
    assert [step["source"] for step in made["steps"]] == ["system", *["user", "agent", "agent", "agent"] * 3]
    assert [step["extra"]["round"] for step in made["steps"][1:]] == [1] * 4 + [2] * 4 + [3] * 4
    looks = made["steps"][2]["observation"]["results"]
    assert "HOME=/home/agent" in looks[0]["content"]
    assert [one["source_call_id"] for one in looks] == ["call-0", "call-1"]

    events = read_trial(path / "trials" / result.name).events
    kinds = [[action.kind for action in event.actions] for event in events if isinstance(event, Acted)]
    assert kinds == [["command", "question", "edit", "test", "other"]] * 3
    assert result.subskills["verify"] == 1.0
    assert result.score_parts["clarification"] is not None


def test_a_provider_that_is_bad_on_purpose_is_told_apart_from_the_agent(provider, tally, tmp_path):
    provider.script = solver(tally)
    profile = tmp_path / "bad.toml"
    profile.write_text('[[faults]]\nid = "busy"\nnth = [2]\nstatus = 429\nretry_after_s = 0\n')
    request = Request(
        ("chat",), (str(tally.folder),), sandbox="docker", run_dir=tmp_path / "run", model="the-model",
        profile=str(profile), own_tests=False,
    )  # fmt: skip
    path, _ = run(request, Quiet())
    (result,) = read_results(path)
    assert [round_.strict for round_ in result.rounds] == [True] * 3
    assert read_info(path).profile.name == "bad"
    events = read_trial(path / "trials" / result.name).events
    (fault,) = [event.fault for event in events if isinstance(event, Faulted)]
    assert (fault.id, fault.kind, fault.recovered) == ("busy", "status 429", True)
    assert result.score_parts["recovery"]["faults"] == 1.0


def test_a_model_that_is_not_there_is_told_before_anything_starts(provider, tally, tmp_path):
    provider.script = lambda request: models("the-model", "another")
    request = Request(("chat",), (str(tally.folder),), sandbox="docker", run_dir=tmp_path / "run", model="the-modle")
    with pytest.raises(GatewayError, match="no model `the-modle`"):
        run(request, Quiet())
    assert not (tmp_path / "run").exists()
