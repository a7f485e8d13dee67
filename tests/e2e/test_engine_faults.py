"""What a run makes of an engine that is restarted, loses an image or names another runtime: on an engine of our own.

The engine that everybody else uses is left in peace.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import docker
import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(280), pytest.mark.xdist_group("an engine of our own")]

OPTIONS = (
    "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
    "--userland-proxy=false",
)  # fmt: skip


class OwnEngine:
    """A dockerd with its own folder and address. `stop` and `start` are what `systemctl restart docker` does."""

    def __init__(self, folder):
        self._folder = folder
        self.address = f"unix://{folder}/engine.sock"
        self.env = {**os.environ, "DOCKER_HOST": self.address}
        self._process = None

    def start(self):
        folder = self._folder
        runc = shutil.which("runc") or pytest.fail("runc is not on PATH beside dockerd")
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["dockerd", "-H", self.address, "--data-root", folder / "data", "--exec-root", folder / "exec",
                 "--pidfile", folder / "pid", "--add-runtime", f"also-runc={runc}", *OPTIONS],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client = docker.APIClient(base_url=self.address, version="auto", timeout=120)
            except docker.errors.DockerException:
                assert self._process.poll() is None, (folder / "log").read_text()[-2000:]
                assert time.monotonic() < deadline
                time.sleep(0.1)
            else:
                return

    def stop(self):
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def ours(self):
        return self.client.containers(all=True, filters={"label": "relaybench"})

    def in_trial(self):
        """Whether an agent works; the box in which its program is looked for belongs to no trial."""
        return any(
            labels["relaybench.role"] == "agent" and labels["relaybench.trial"]
            for labels in (box["Labels"] for box in self.ours())
        )


@pytest.fixture(scope="module")
def own_engine(engine, tally, small):
    """An engine that holds the images of the small task, and nothing else."""
    from evaluator.task import load_task
    from evaluator.trial.grading import ORACLE_REQUIREMENTS
    from harness.sandbox.docker import DockerHost

    if os.geteuid() != 0 or not shutil.which("dockerd"):
        reason = "only root can start an engine, and only where dockerd is"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    shared = DockerHost("test-images")
    needed = {shared.image("python", wanted, print) for wanted in (load_task(small).requirements, ORACLE_REQUIREMENTS)}
    bases = {tag for image in engine.images("relaybench/base-*") for tag in image["RepoTags"] or ()}
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    own = OwnEngine(folder)
    own.start()
    try:
        with subprocess.Popen(["docker", "save", *needed, *bases], stdout=subprocess.PIPE) as save:
            subprocess.run(
                ["docker", "-H", own.address, "load", "-q"], stdin=save.stdout, check=True, capture_output=True
            )
        own.image = shared.image("python", load_task(small).requirements, print)
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def command(small):
    return ["run", "--agent", "./waits.toml", "--task", small, "--run-dir", "out"]


@pytest.fixture(autouse=True)
def waits(tmp_path):
    """An agent that solves nothing and takes two seconds for it."""
    (tmp_path / "waits.toml").write_text('name = "waits"\n[command]\nfirst = ["sleep", "2"]\n')


def until(condition, process):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def results(folder):
    return [json.loads(path.read_text()) for path in sorted((folder / "out/trials").glob("*/result.json"))]


def test_an_engine_restarted_in_mid_trial_costs_time_and_no_trial(own_engine, start, command, tmp_path):
    with start(tmp_path, *command, env=own_engine.env) as process:
        until(own_engine.in_trial, process)
        time.sleep(0.5)
        own_engine.stop()
        own_engine.start()
        out, err = process.communicate(timeout=200)
    err = " ".join(err.split())
    assert process.returncode == 0, err
    assert "Trying again" in err
    assert "Traceback" not in out + err
    (result,) = results(tmp_path)
    assert (result["outcome"], result["flags"]) == ("completed", [])
    assert own_engine.ours() == []


def test_an_image_removed_between_trials_is_made_again(own_engine, start, command, tmp_path):
    with start(tmp_path, *command, "--attempts", 2, env=own_engine.env) as process:
        until(own_engine.in_trial, process)
        own_engine.client.remove_image(own_engine.image, force=True)
        _, err = process.communicate(timeout=250)
    assert process.returncode == 0, err
    assert [result["outcome"] for result in results(tmp_path)] == ["completed", "completed"]
    assert own_engine.client.images(own_engine.image)


def test_results_name_a_runtime_that_was_asked_for(own_engine, relaybench, command, tmp_path):
    code, _, err = relaybench(tmp_path, *command, "--runtime", "also-runc", env=own_engine.env)
    assert code == 0, err
    assert [result["sandbox"] for result in results(tmp_path)] == ["docker/also-runc"]
    code, _, err = relaybench(tmp_path, *command, "--resume", env=own_engine.env)
    assert code == 2
    assert "docker/also-runc" in err


def test_a_runtime_that_the_engine_does_not_have_is_named_with_those_it_has(relaybench, engine, command, tmp_path):
    code, out, err = relaybench(tmp_path, *command, "--runtime", "runsc-not-here")
    assert (code, out) == (1, "")
    assert "no runtime `runsc-not-here`; it has" in err
    assert "runc" in err
