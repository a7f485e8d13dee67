"""What tests of results share: trials and run folders made by hand, without a box."""

from __future__ import annotations

import json

import pytest

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.folder import RunFolder, RunInfo, TaskRef

KINDS = ("fix", "feature", "refactor")


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
