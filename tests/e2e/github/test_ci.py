"""What CI's own workflows run, as it stands."""

import subprocess

import pytest
from actions.runner import JobRun

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def sudo(tmp_path):
    """A folder with a `sudo` for who is root already."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
    (tmp_path / "bin/sudo").chmod(0o755)
    return tmp_path / "bin"


@pytest.mark.engine
def test_the_action_is_tried_on_a_real_task(workflow, engine):
    runner = workflow("ci.yml", given={"test": JobRun("success")})
    assert runner.jobs["action"].result == "success"
    assert '"outcome"' not in runner.step("It solved the task").output
    assert '"mean": 100.0' in runner.step("It solved the task").output


@pytest.mark.parametrize("found", ["94.2", ""])
def test_an_action_that_does_not_solve_it_is_not_let_through(checkout, found, tmp_path):
    from actions.runner import read_yaml

    (step,) = (s for s in read_yaml(checkout / ".github/workflows/ci.yml")["jobs"]["action"]["steps"] if "env" in s)
    (tmp_path / "summary.json").write_text("{}")
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        env={"COMPOSITE": found, "SUMMARY": str(tmp_path / "summary.json")},
        check=False,
    )
    assert done.returncode != 0


@pytest.mark.bubblewrap
def test_the_gates_of_tasks_run_in_both_kinds_of_box_and_are_told(checkout, workflow, github, sudo, engine):
    """On a branch that touches no task; the gates themselves have tests of their own."""
    if not (checkout / ".git").exists():
        for command in (
            ["init", "-qb", "main"],
            ["add", "-A"],
            ["commit", "-qm", "all"],
            ["update-ref", "refs/remotes/origin/main", "HEAD"],
        ):
            subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *command], cwd=checkout, check=True)
    request = {"number": 7, "head": {"repo": {"full_name": "relay/bench"}}}
    about = {"event_name": "pull_request", "base_ref": "main", "event": {"pull_request": request}}
    runner = workflow("tasks.yml", github=about, path=[sudo])
    assert runner.jobs["gates"].result == "success"
    for sandbox in ("docker", "bubblewrap"):
        ran = runner.step("Every gate of every task that this branch touches", f"Gates ({sandbox})")
        assert (ran.environment["SANDBOX"], ran.environment["BASE"]) == (sandbox, "origin/main")
