"""What tests share: an engine if there is one (in CI there must be), the smallest whole task, a throw-away run id."""

from __future__ import annotations

import functools
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from evaluator.task import Task, load_task
from harness.sandbox import EngineUnavailable

settings.register_profile("relaybench", deadline=None, max_examples=50)  # a loaded machine is no failure
settings.load_profile("relaybench")

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
