"""What tests share: an engine if there is one (in CI there must be), the smallest whole task, runs made by hand."""

from __future__ import annotations

import functools
import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.folder import RunFolder, RunInfo, TaskRef
from evaluator.task import Task, load_task
from harness.sandbox import EngineUnavailable

settings.register_profile("relaybench", deadline=None, max_examples=50)  # a loaded machine is no failure
settings.load_profile("relaybench")

KINDS = ("fix", "feature", "refactor")
TALLY = Path(__file__).parents[1] / "evaluator/task/smallest/tally"


@pytest.fixture(scope="session")
def engine():
    """A client of the Docker engine. Without one: skipped, but a failure in CI."""
    from harness.sandbox.engine import connect

    try:
        client = connect()
    except EngineUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield client
    client.close()


@pytest.fixture(scope="session")
def box_kind():
    """Call it with a kind of box that a test needs: where it does not work the test is skipped, but fails in CI."""
    from evaluator.run.hosts import open_host

    @functools.cache
    def trouble(kind):
        try:
            open_host(kind, "test-kind").remove_all()
        except EngineUnavailable as error:
            return str(error)
        return ""

    def needed(kind):
        if trouble(kind):
            pytest.fail(trouble(kind)) if os.environ.get("CI") else pytest.skip(trouble(kind))

    return needed


@pytest.fixture
def host(engine) -> Iterator:
    """A host of boxes under a run of its own; whatever a test leaves is removed, and counted as its failure."""
    from harness.sandbox.docker import DockerHost

    opened = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    yield opened
    left = opened.remove_all()
    assert left == 0, f"{left} boxes or volumes were left behind"


@pytest.fixture(scope="session")
def soon():
    """Waits until something is so, at most a few seconds; whether it was."""

    def wait(condition, within_s=10.0):
        deadline = time.monotonic() + within_s
        while not (so := condition()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return so

    return wait


@pytest.fixture(scope="session")
def tally() -> Task:
    """The smallest whole task."""
    return load_task(TALLY)


@pytest.fixture(scope="session")
def make_trial():
    """A trial: `make_trial("a", "t", 1, score=.5, strict=(True, False))`; `broken`: an infrastructure error."""

    def made(agent="a", task="t", attempt=1, score=1.0, strict=(True, True), broken=False, **changes) -> TrialResult:
        rounds = tuple(
            RoundResult(
                n=n, kind=KINDS[n - 1], strict=ok, isolated=ok, correctness=score, first_try=score / 2, hand_ins=1,
                groups={}, constraints={}, wall_s=1, timed_out=False,
            )
            for n, ok in enumerate(strict, 1)
        )  # fmt: skip
        fields = {
            "agent": agent, "task": task, "task_version": 1, "task_digest": f"digest of {task}", "attempt": attempt,
            "sandbox": "docker", "outcome": "completed", "rounds": rounds, "agent_wall_s": 10.0, "wall_s": 12.0,
            "scores": {"correctness": score, "composite": 100 * score},
        }  # fmt: skip
        if broken:
            fields |= {"outcome": "infrastructure_error", "error": "boom", "rounds": (), "scores": {}}
        return TrialResult(**{**fields, **changes})

    return made


@pytest.fixture
def store_run(tmp_path):
    """A run folder with these trials: `store_run("name", *trials, deadline_scale=2.0)` is its path."""

    def stored(name: str, *results: TrialResult, **changes):
        tasks = {result.task: result for result in results}
        info = {
            "id": name, "created": "2026-01-01T00:00:00+00:00",
            "attempts": max((r.attempt for r in results), default=1),
            "agents": tuple(dict.fromkeys(result.agent for result in results)), "deadline_scale": 1.0,
            "tasks": tuple(
                TaskRef(id=r.task, version=r.task_version, digest=r.task_digest, folder=r.task) for r in tasks.values()
            ),
            "sandbox": "docker", "versions": {"relaybench": "1", "python": "3.11.1"}, "machine": {"cpus": "2"},
        }  # fmt: skip
        with RunFolder(tmp_path / name) as folder:
            folder.write_info(RunInfo(**{**info, **changes}))
            for result in results:
                home = tmp_path / name / "trials" / result.name  # not by `save`: its fsyncs cost most of a test's time
                home.mkdir(parents=True)
                (home / "result.json").write_text(json.dumps(result.model_dump(mode="json"), indent=1))
                (home / "events.jsonl").write_text(f"{name}\n" if result.outcome != "completed" else "")
        return tmp_path / name

    return stored
