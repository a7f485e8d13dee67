"""How often a task was solved, from run folders."""

from dataclasses import replace

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.folder import RunError
from evaluator.run.results import solved
from evaluator.run.results.solved import solve_rates


def result(agent, *stricts, version=1, outcome="completed"):
    rounds = tuple(
        RoundResult(
            n=n, kind="fix", strict=strict, isolated=strict, correctness=1, first_try=1, hand_ins=1, groups={},
            constraints={}, wall_s=1, timed_out=False,
        )
        for n, strict in enumerate(stricts, 1)
    )  # fmt: skip
    return TrialResult(
        agent=agent, task="tally", task_version=version, task_digest="d", attempt=1, sandbox="docker", outcome=outcome,
        rounds=rounds,
    )  # fmt: skip


def test_rates_are_over_completed_trials_of_this_version_in_every_readable_run(tally, tmp_path, monkeypatch):
    runs = {
        "a": [result("x", True, True, True), result("x", True, False, False), result("y", False, False, False)],
        "b": [
            result("x", False, False, False),
            result("x", True, True, True, version=2),
            result("x", outcome="infrastructure_error"),
        ],
        "broken": None,
    }
    for name in runs:
        (tmp_path / name).mkdir()

    def read(path):
        if runs[path.name] is None:
            raise RunError("no run")
        return runs[path.name]

    monkeypatch.setattr(solved, "read_results", read)
    x, y = solve_rates(tally, tmp_path)
    assert (x.agent, x.trials, y.agent, y.trials) == ("x", 3, "y", 1)
    assert [round(share.mean, 2) for share in (*x.strict, x.whole)] == [0.67, 0.33, 0.33, 0.33]
    assert solve_rates(replace(tally, manifest=tally.manifest.model_copy(update={"version": 3})), tmp_path) == []


def test_without_runs_there_are_none(tally, tmp_path):
    assert solve_rates(tally, tmp_path / "nothing") == []
