"""What tests of the viewer share: a run folder in which trials come, run and go as a test wants it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from evaluator.cli.view import LOOPBACK
from evaluator.evidence import Message
from evaluator.run.folder import RunFolder, RunInfo, TaskRef, write_whole
from evaluator.web.app import application
from evaluator.web.follow import Followed


@pytest.fixture
def run(tmp_path):
    """A run's folder, which an orchestrator (a test) may open."""
    home = tmp_path / "run"
    info = RunInfo(
        id="run", created="2026-01-01T00:00:00+00:00", agents=("a", "b"), attempts=2, deadline_scale=1.0,
        tasks=(TaskRef(id="t", version=1, digest="d", folder="t"),), sandbox="docker", versions={}, machine={},
    )  # fmt: skip
    with RunFolder(home) as folder:
        folder.write_info(info)
    return home


@pytest.fixture
def store(run):
    """Stores a trial as a run does: whole, by one rename."""

    def stored(result, events=()):
        partial = run / "trials" / f".partial-{result.name}.done"
        partial.mkdir(parents=True)
        (partial / "result.json").write_text(result.model_dump_json())
        (partial / "events.jsonl").write_text("".join(event.model_dump_json() + "\n" for event in events))
        partial.rename(run / "trials" / result.name)

    return stored


@pytest.fixture
def rewrite(run):
    """Writes a stored trial's result again, as rescoring does, and then the summary."""

    def rewritten(result):
        write_whole(run / "trials" / result.name / "result.json", result.model_dump_json().encode())
        write_whole(run / "summary.json", b"{}\n")

    return rewritten


@pytest.fixture
def message():
    """What the reporter says at a moment."""
    return lambda text, at=1.0: Message(at=at, round=1, hand_in=1, kind="report", text=text)


class Client:
    """Asks the viewer, in this process."""

    def __init__(self, app, base_url, followed):
        self._app, self._base_url, self.followed = app, base_url, followed

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def ask(self, method, path, **options):
        async def answer():
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._base_url, follow_redirects=True) as client:
                return await client.request(method, path, **options)

        return asyncio.run(answer())


@pytest.fixture
def browse():
    """A client of the viewer over these runs."""

    def opened(*runs, hosts=LOOPBACK, host="127.0.0.1"):
        followed = [Followed(path, "../index.html" if len(runs) > 1 else "") for path in runs]
        return Client(application(followed, hosts), f"http://{host}:8712", followed)

    return opened
