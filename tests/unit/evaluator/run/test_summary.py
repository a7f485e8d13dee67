"""Scores over trials: infrastructure errors are counted and never averaged."""

import pytest

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.summary import summarise


def trial(agent="a", task="t", attempt=1, score=1.0, strict=(True, True), flags=(), broken=False) -> TrialResult:
    kinds = ("fix", "feature", "refactor")
    rounds = tuple(
        RoundResult(
            n=n, kind=kinds[n - 1], strict=ok, isolated=ok, correctness=1, first_try=score / 2, hand_ins=1, groups={},
            constraints={}, wall_s=1, timed_out=False,
        )
        for n, ok in enumerate(strict, 1)
    )  # fmt: skip
    return TrialResult(
        agent=agent, task=task, task_version=1, task_digest="d", attempt=attempt, sandbox="docker",
        outcome="infrastructure_error" if broken else "completed", error="boom" if broken else "", flags=flags,
        scores={} if broken else {"correctness": score, "composite": 100 * score}, rounds=() if broken else rounds,
        agent_wall_s=2.0,
    )  # fmt: skip


def test_means_are_over_completed_trials_only():
    summary = summarise([trial(score=1.0), trial(attempt=2, score=0.5), trial(attempt=3, broken=True)])
    (agent,) = summary["agents"]
    assert (agent["trials"], agent["infrastructure_errors"]) == (2, 1)
    assert agent["scores"]["correctness"]["mean"] == 0.75
    assert agent["scores"]["composite"]["mean"] == 75
    assert agent["first_try"]["mean"] == 0.375
    assert agent["agent_wall_s"] == 4.0
    assert (summary["trials"], summary["infrastructure_errors"]) == (3, 1)


def test_tasks_weigh_the_same():
    results = [trial(task="t", attempt=n, score=1.0) for n in range(1, 4)] + [trial(task="u", score=0.0)]
    assert summarise(results)["agents"][0]["scores"]["correctness"]["mean"] == 0.5


def test_agents_are_kept_apart_and_sorted():
    summary = summarise([trial("b", score=0.0), trial("a", score=1.0)])
    assert [(agent["agent"], agent["scores"]["correctness"]["mean"]) for agent in summary["agents"]] == [
        ("a", 1.0),
        ("b", 0.0),
    ]


def test_strict_success_is_counted_by_round_and_over_the_chain():
    (agent,) = summarise([trial(strict=(True, True)), trial(attempt=2, strict=(True, False))])["agents"]
    assert [(r["n"], r["kind"], r["mean"]) for r in agent["strict_by_round"]] == [(1, "fix", 1.0), (2, "feature", 0.5)]
    assert agent["whole_chain"]["mean"] == 0.5
    assert agent["strict_by_round"][1]["low"] < 0.5 < agent["strict_by_round"][1]["high"]


def test_tasks_of_different_lengths_count_in_the_rounds_they_have():
    (agent,) = summarise([trial(strict=(True,)), trial(task="u", strict=(True, False, True))])["agents"]
    assert [r["mean"] for r in agent["strict_by_round"]] == [1.0, 0.0, 1.0]


def test_flags_are_counted():
    (agent,) = summarise([trial(flags=("x",)), trial(attempt=2, flags=("x", "y"))])["agents"]
    assert agent["flags"] == {"x": 2, "y": 1}


def test_an_axis_that_was_never_measured_is_left_out():
    unmeasured = trial().model_copy(update={"scores": {"correctness": 1.0, "quality": None}})
    assert list(summarise([unmeasured])["agents"][0]["scores"]) == ["correctness"]


@pytest.mark.parametrize(("broken", "total", "void"), [(0, 20, False), (1, 20, False), (2, 20, True), (1, 1, True)])
def test_more_than_five_percent_of_infrastructure_errors_void_a_run(broken, total, void):
    summary = summarise([trial(attempt=n + 1, broken=n < broken) for n in range(total)])
    assert summary["void"] is void


def test_a_run_of_nothing_but_errors_has_no_scores():
    (agent,) = summarise([trial(broken=True)])["agents"]
    assert (agent["trials"], agent["scores"], agent["strict_by_round"], agent["first_try"]) == (0, {}, [], None)


def test_an_empty_run_is_no_error():
    assert summarise([])["agents"] == []
    assert summarise([])["void"] is False
