"""What tests of workflows share: a repository with one small task, GitHub's API, and runs of workflows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from actions.api import GitHub, Server
from actions.runner import Runner

TOP = Path(__file__).parents[3]
# Agents that call no model, in boxes that need no engine; what is asked of the agents' own tests is asked elsewhere.
OPTIONS = "--sandbox bubblewrap --no-own-tests"


@pytest.fixture(scope="session")
def gh():
    """GitHub's command line must be there, as on its runners. Without it: skipped, but a failure in CI."""
    if not shutil.which("gh"):
        missing = "gh, GitHub's command line, is not installed (Debian's package gh has it)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


@pytest.fixture(scope="session")
def checkout(small, tmp_path_factory):
    """This repository as a runner would check it out, but with one small task, and quick to install."""
    folder = tmp_path_factory.mktemp("checkout")
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TOP,
        capture_output=True,
        check=True,
    )
    for name in filter(None, tracked.stdout.decode().split("\0")):
        if not name.startswith(("task_repos/", "tests/", "docs/")) and (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, folder / name)
    shutil.copytree(small, folder / "task_repos" / "small")
    # Installing is tested by itself; here every job takes the environment that runs the tests.
    (folder / ".ci/install").write_text(f'#!/bin/sh\nln -s "{Path(sys.prefix)}" "$1"\n')
    return folder


@pytest.fixture
def github():
    """What there is at GitHub."""
    return GitHub()


@pytest.fixture
def workflow(checkout, github, gh, box_kind, tmp_path_factory):
    """Runs a workflow of the repository: `workflow("eval.yml", inputs={...})` is the `Runner` that did."""
    box_kind("bubblewrap")

    def run(name, /, *, variables=None, given=None, **options):
        folder = tmp_path_factory.mktemp("workflow")
        (folder / "jobs").mkdir()
        with Server(github, folder / "gh") as server:
            runner = Runner(
                checkout, folder / "jobs", environment=server.environment,
                variables={"EVAL_OPTIONS": OPTIONS, **(variables or {})}, **options,
            )  # fmt: skip
            runner.run(checkout / ".github/workflows" / name, given=given)
        return runner

    return run
