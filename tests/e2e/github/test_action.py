"""The action as it stands, in a repository that is not ours."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from actions.runner import Runner, read_yaml

TOP = Path(__file__).parents[3]
AGENT = """
name = "mine"
[command]
first = ["sh", "-c", "sleep ${PAUSE:-0}; ask-reporter 'since when?'"]
env = { PAUSE = "PAUSE_S" }
"""
BROKEN = "class Broken:\n    files = enter = leave = None\n\n    def turn(self, *_):\n        raise ZeroDivisionError\n"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def elsewhere(small, tmp_path):
    """Another repository, with an agent and a task of its own."""
    folder = tmp_path / "elsewhere"
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / "my-agent.toml").write_text(AGENT.replace("PAUSE_S", "0"))
    (folder / "slow.toml").write_text(AGENT.replace('"mine"', '"slow"').replace("PAUSE_S", "60"))
    (folder / "broken.py").write_text(BROKEN)
    (folder / "task_repos").mkdir()
    (folder / "task_repos/own").symlink_to(small)
    return folder


@pytest.fixture
def act(elsewhere, checkout, tmp_path):
    """Runs a workflow there; `act(agent=...)` one whose only step is the action with these inputs."""

    def run(text="", **inputs):
        if not text:
            given = {name.replace("_", "-"): value for name, value in inputs.items()}
            step = {"id": "it", "uses": "relaybench/relaybench@main", "with": given}
            names = read_yaml(TOP / "action.yml")["outputs"]
            outputs = {name: f"${{{{ steps.it.outputs.{name} }}}}" for name in names}
            job = {"runs-on": "ubuntu-latest", "steps": [{"uses": "actions/checkout@v7"}, step], "outputs": outputs}
            text = json.dumps({"on": {"push": {}}, "jobs": {"job": job}})
        (elsewhere / ".github/workflows/own.yml").write_text(text)
        (tmp_path / "jobs").mkdir()
        runner = Runner(elsewhere, tmp_path / "jobs", published=checkout)
        runner.run(elsewhere / ".github/workflows/own.yml")
        return runner

    return run


@pytest.fixture
def boxed(act, box_kind):
    """The same, in boxes that need no engine."""
    box_kind("bubblewrap")

    def run(**inputs):
        runner = act(sandbox="bubblewrap", **{"options": "--no-own-tests", **inputs})
        return runner, runner.jobs["job"].outputs

    return run


@pytest.mark.engine
def test_the_ten_lines_of_the_documentation_evaluate_an_agent_of_another_repository(act, engine):
    text = re.search(r"```yaml\n(.*?)```", (TOP / "docs/ci.md").read_text(), re.DOTALL)[1]
    assert len(text.splitlines()) <= 10
    runner = act(text)
    assert {job.result for job in runner.jobs.values()} == {"success"}
    (artifact,) = runner.artifacts.values()
    assert [trial.name for trial in (artifact / "trials").iterdir()] == ["mine--small--1"]
    assert json.loads((artifact / "run.json").read_text())["sandbox"] == "docker"
    assert "mine" in "".join(runner.summaries.values())


@pytest.mark.bubblewrap
class TestOutputs:
    def test_what_the_run_found_is_told(self, boxed):
        runner, outputs = boxed(agent="reference", tasks="own")
        assert (outputs["composite"], outputs["exit-status"]) == ("100.0", "0")
        assert json.loads(Path(outputs["summary"]).read_text())["trials"] == 1
        assert "reference" in Path(outputs["report"]).read_text()
        assert Path(outputs["report"]).read_text() == runner.summaries["job"]
        assert not Path(outputs["run-dir"]).is_relative_to(runner.folder / "0-job/workspace")
        assert (runner.artifacts["relaybench"] / "run.json").exists()

    def test_every_input_arrives(self, boxed, elsewhere):
        (elsewhere / "calm.toml").write_text("reply_s = 5\n")
        runner, outputs = boxed(
            agent="nop", tasks="own task_repos/own", attempts="3", shard="2/3", profile="calm.toml",
            options="--no-own-tests --deadline-scale 2", run_dir="here", artifact="", summary="false",
        )  # fmt: skip
        info = json.loads((Path(runner.folder) / "0-job/workspace/here/run.json").read_text())
        assert (info["attempts"], info["deadline_scale"], info["profile"]["name"]) == (3, 2.0, "calm")
        assert (info["shard"]["number"], info["shard"]["of"], info["own_tests"]) == (2, 3, False)
        assert outputs["run-dir"] == "here"
        assert not runner.artifacts
        assert not runner.summaries["job"]

    def test_a_run_is_gone_on_with_only_on_request(self, boxed, tmp_path):
        first, _ = boxed(agent="nop", run_dir=str(tmp_path / "run"))
        assert first.jobs["job"].result == "success"
        machine = first.step("Evaluate")
        for resume, status in (("true", 0), ("false", 2)):
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", _script("evaluate")], env={**machine.environment, "RESUME": resume},
                cwd=first.folder / "0-job/workspace", capture_output=True, text=True, check=True,
            )  # fmt: skip
            outputs = dict(
                line.split("=", 1) for line in Path(machine.environment["GITHUB_OUTPUT"]).read_text().split()
            )
            assert outputs["exit-status"] == str(status), done.stderr


@pytest.mark.bubblewrap
class TestFailures:
    def test_wrong_usage_is_said_and_there_is_nothing_to_keep(self, boxed):
        runner, outputs = boxed(agent="nobody")
        assert runner.jobs["job"].result == "failure"
        assert "There is no agent `nobody`" in " ".join(runner.step("Evaluate").output.split())
        assert "nothing to report" in runner.step("Report").output
        assert outputs["exit-status"] == "2"
        assert not runner.artifacts

    def test_what_the_host_broke_fails_the_job_after_all_is_kept_and_told(self, boxed):
        runner, outputs = boxed(agent="broken:Broken")
        assert runner.jobs["job"].result == "failure"
        assert "::error::Trials broke by no fault of the agent." in runner.step("Say how it ended").output
        assert outputs["exit-status"] == "1"
        assert outputs["composite"] == ""
        assert "infrastructure error" in runner.summaries["job"]
        assert (runner.artifacts["relaybench"] / "run.json").exists()

    def test_out_of_time_it_stops_and_what_is_finished_is_kept(self, boxed):
        runner, outputs = boxed(agent="./slow.toml", minutes="0.1")
        assert runner.jobs["job"].result == "failure"
        assert "Interrupted; finished trials are kept." in runner.step("Evaluate").output
        assert "::error::Out of time" in runner.step("Say how it ended").output
        assert outputs["exit-status"] == "124"
        assert (runner.artifacts["relaybench"] / "run.json").exists()


class TestPrograms:
    """Command lines of agents are kept between jobs; an agent that installs nothing has none."""

    @pytest.fixture
    def found(self, elsewhere, checkout, tmp_path):
        def run(agent):
            output = tmp_path / "output"
            output.write_text("")
            environment = {
                "PATH": "/usr/bin:/bin", "HOME": "/home/me", "AGENT": agent, "GITHUB_OUTPUT": str(output),
                "GITHUB_ACTION_PATH": str(checkout),
            }  # fmt: skip
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", _script("programs")]
            subprocess.run(command, env=environment, cwd=elsewhere, check=True)
            return dict(line.split("=", 1) for line in output.read_text().splitlines())

        return run

    def test_those_of_known_agents_and_of_agent_files(self, found, elsewhere):
        assert found("claude-code")["folder"] == "/home/me/.cache/relaybench/agents"
        (elsewhere / "with.toml").write_text('name = "x"\n[install]\nnpm = ["a@1.0.0"]\n')
        one = found("./with.toml")["digest"]
        (elsewhere / "with.toml").write_text('name = "x"\n[install]\nnpm = ["a@1.0.1"]\n')
        assert len({one, found("./with.toml")["digest"], found("claude-code")["digest"]}) == 3

    @pytest.mark.parametrize("agent", ["nop", "./my-agent.toml", "broken:Broken", "./gone.toml", "$(touch x)", "a b"])
    def test_none(self, found, agent, elsewhere):
        assert found(agent) == {}
        assert not (elsewhere / "x").exists()


def test_it_is_installed_from_its_own_checkout_with_what_is_locked(tmp_path):
    """The real installation; elsewhere in these tests it is the environment that runs them."""
    folder = tmp_path / "environment"
    done = subprocess.run(
        [TOP / ".ci/install", folder], env={**_plain(), "PYTHON": sys.executable}, cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("relaybench, version ")
    there = json.loads(subprocess.check_output([folder / "bin/python", "-m", "pip", "list", "--format=json"]))
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (TOP / "requirements.lock").read_text(), re.MULTILINE))
    own = {"relaybench", "pip", "setuptools"}
    assert {one["name"].lower().replace("_", "-"): one["version"] for one in there if one["name"] not in own} == {
        name.replace("_", "-"): version for name, version in locked.items()
    }


def _script(step):
    (found,) = (one for one in read_yaml(TOP / "action.yml")["runs"]["steps"] if one.get("id") == step)
    return found["run"]


def _plain():
    import os

    return {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "VIRTUAL_ENV"))}
