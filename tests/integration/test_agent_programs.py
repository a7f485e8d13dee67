"""Whether boxes have the program that an agent file starts: looked at before any trial."""

import uuid
from pathlib import Path

import pytest

from harness.agents import AgentError
from harness.agents.agent_file import AgentFile, Command
from harness.agents.command import check_starts
from harness.agents.install import Installed


@pytest.fixture(
    params=[pytest.param("docker", marks=pytest.mark.engine), pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)]
)
def look(request, box_kind, tally):
    """Looks for an agent's program: `look(first, files=..., installed=...)`."""
    from evaluator.run.hosts import open_host

    box_kind(request.param)
    host = open_host(request.param, f"test-{uuid.uuid4().hex[:8]}", lambda line: None)
    image = host.image("python", tally.requirements, print)

    def looked(*first, files=None, installed=None):
        check_starts(AgentFile(name="a", command=Command(first=list(first)), files=files), installed, host, image)

    yield looked
    assert host.remove_all() == 0


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "text").write_text("no program\n")
    tmp_path.chmod(0o755)
    return tmp_path


def test_what_is_there_is_found(look, folder):
    look("python3", "-c", "pass")
    look("/opt/agent/run", files=folder)
    look("{program}", installed=Installed(folder, "/opt/cli/run"))
    look("./in-the-workspace")


@pytest.mark.parametrize("program", ["no-such-cli", "/opt/agent/run", "/opt/cli/run"])
def test_what_is_not_is_told_in_words(look, program):
    with pytest.raises(AgentError, match=f"The agent `a` starts with `{program}`, which its boxes do not have"):
        look(program)


def test_a_file_that_cannot_be_run_is_no_program(look, folder):
    with pytest.raises(AgentError, match="/opt/agent/text"):
        look("/opt/agent/text", files=folder)
