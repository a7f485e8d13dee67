"""The real command lines, as they are installed for a run, in a box without a network, with a model from a script.

In CI three of them run; all do where RELAYBENCH_TEST_AGENTS is `all` (`make test-agents`), or those it names.
"""

import gzip
import json
import os

import pytest
from scripted_provider import Provider, Reply
from scripted_solver import DONE, Solver

from evaluator.run.folder import read_results
from evaluator.run.run import Request, run
from harness.agents import presets
from harness.gateway import read_ledger, totals

pytestmark = [pytest.mark.engine, pytest.mark.agents, pytest.mark.timeout(900)]

KEY = "sk-real-key-0123456789"
ALWAYS = ("claude-code", "codex", "mini-swe-agent")
wanted = os.environ.get("RELAYBENCH_TEST_AGENTS", ",".join(ALWAYS) if os.environ.get("CI") else "")
AGENTS = sorted(presets()) if wanted == "all" else [name for name in wanted.split(",") if name]


class Told:
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def planned(self, *_): ...
    def began(self, *_): ...
    def metered(self, *_): ...
    def event(self, *_): ...
    def ended(self, *_): ...


@pytest.fixture(params=AGENTS or [pytest.param("", marks=pytest.mark.skip("RELAYBENCH_TEST_AGENTS names none"))])
def agent(request):
    return request.param


@pytest.fixture
def provider(monkeypatch):
    with Provider() as provider:
        for name, value in provider.env(KEY).items():
            monkeypatch.setenv(name, value)
        yield provider


def one_trial(agent, tally, folder):
    """The trial's result, its folder, its ledger's calls for answers, and what was said on the way."""
    told = Told()
    request = Request(
        (agent,), (str(tally.folder),), sandbox="docker", run_dir=folder, model="the-model", deadline_scale=20,
        own_tests=False,
    )  # fmt: skip
    run(request, told)
    (result,) = read_results(folder)
    trial = folder / "trials" / result.name
    ledger = trial / "models" / "ledger.jsonl"
    calls = [call for call in read_ledger(ledger) if call.kind == "generate"]
    turns = [event for event in events(trial) if event["event"] == "turn_ended"]
    return result, trial, calls, "\n".join([*told.lines, *(json.dumps(turn) for turn in turns)])


def events(trial):
    return [json.loads(line) for line in (trial / "events.jsonl").read_text().splitlines()]


def asked(provider):
    """The requests for an answer."""
    return [
        got for got in provider.received if got.method == "POST" and "count" not in got.path.rpartition("/")[2].lower()
    ]


def test_it_solves_the_smallest_task(agent, provider, tally, tmp_path):
    provider.script = solver = Solver(tally.solution(1))
    result, trial, calls, said = one_trial(agent, tally, tmp_path / "run")
    assert [round_.strict for round_ in result.rounds] == [True] * 3, said
    assert [round_.hand_ins for round_ in result.rounds] == [1] * 3, said
    assert result.questions == 3, said
    turns = [event for event in events(trial) if event["event"] == "turn_ended"]
    assert [turn["reason"] for turn in turns] == ["finished"] * 3, said
    if agent != "mini-swe-agent":  # it ends by a command, not by words
        assert [turn["output"] for turn in turns] == [DONE] * 3
    stated = [event["statement"] for event in events(trial) if event["event"] == "stated"]
    assert [one["confidence"] for one in stated] == [0.9] * 3, said

    used = totals(calls)
    assert used.calls == len(asked(provider)) == len(solver.told)
    assert used.input_tokens == sum(tokens.input for tokens in solver.told)
    assert used.output_tokens == sum(tokens.output for tokens in solver.told)
    assert (used.failed, used.between_turns) == (0, 0)
    assert {call.round for call in calls} == {1, 2, 3}

    heard = b"".join(got.raw for got in provider.received)
    assert b"HOME=/home/agent" in heard  # the agent looked around in its box,
    assert b"sk-real-key" not in heard  # and found none
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and KEY.encode() in content(file)]


def content(file):
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def test_it_gets_over_a_rate_limit(agent, provider, tally, tmp_path):
    solver, refused = Solver(tally.solution(1)), []

    def script(request):
        if request.method == "POST" and len(refused) < 2:
            refused.append(request.path)
            error = {"error": {"message": "slow down", "type": "rate_limit_error", "code": 429}, "type": "error"}
            return Reply(json.dumps(error).encode(), 429, {"retry-after": "1"})
        return solver(request)

    provider.script = script
    result, _, calls, said = one_trial(agent, tally, tmp_path / "run")
    assert [round_.strict for round_ in result.rounds] == [True] * 3, said
    assert len(refused) == 2
    assert totals(calls).failed == 2
    assert totals(calls).calls == len(asked(provider)) == 2 + len(solver.told)
