"""Scores over trials: infrastructure errors are counted and never averaged."""

import pytest

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.results.summary import summarise


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


def test_attempts_are_counted_as_pass_at_k_and_pass_hat_k():
    """Of two attempts one succeeds on t, both on u; v, tried twice as well, fails."""
    chains = {"t": (True, False), "u": (True, True), "v": (False, False)}
    (agent,) = summarise([
        trial(task=task, attempt=n, strict=(True, ok)) for task, oks in chains.items() for n, ok in enumerate(oks, 1)
    ])["agents"]  # fmt: skip
    assert agent["pass_at_k"] == pytest.approx({"1": 0.5, "2": 2 / 3})
    assert agent["pass_hat_k"] == pytest.approx({"1": 0.5, "2": 1 / 3})


def test_k_goes_as_far_as_every_task_was_tried():
    (agent,) = summarise([trial(attempt=n) for n in (1, 2, 3)] + [trial(task="u")])["agents"]
    assert list(agent["pass_at_k"]) == ["1"]
    (agent,) = summarise([trial(broken=True)])["agents"]
    assert (agent["pass_at_k"], agent["survival"], agent["degradation"], agent["by_task"]) == ({}, [], [], {})


def test_survival_and_degradation_by_round():
    (agent,) = summarise([trial(strict=(True, True)), trial(attempt=2, strict=(False, True))])["agents"]
    assert agent["survival"] == [0.5, 0.5]
    assert [(r["n"], r["trials"], r["strict"], r["correctness"]) for r in agent["degradation"]] == [
        (1, 2, 0.5, 1.0),
        (2, 2, 1.0, 1.0),
    ]


def test_each_task_stands_by_itself():
    (agent,) = summarise([trial(task="u", score=0.0, strict=(False,)), trial(), trial(attempt=2, score=0.5)])["agents"]
    assert list(agent["by_task"]) == ["t", "u"]
    assert agent["by_task"]["t"] == {
        "trials": 2, "whole_chain": 1.0, "scores": {"correctness": 0.75, "composite": 75.0}, "agent_wall_s": 2.0
    }  # fmt: skip
    assert agent["by_task"]["u"]["scores"]["correctness"] == 0.0


def test_a_run_of_one_agent_has_no_order_and_of_controls_none_either():
    assert summarise([trial()])["rank_stability"] is None
    assert summarise([trial("reference"), trial("nop"), trial("reference-2")])["rank_stability"] is None
    found = summarise([trial("a", score=0.9), trial("b", score=0.4), trial("nop", score=0.0)])
    assert found["rank_stability"]["order"] == ("a", "b")
    assert found["pareto"] == {"cost": "seconds", "agents": ["a"]}


def test_twins_and_control_arms_are_counted_and_not_averaged(monkeypatch):
    """Trials of another report or with another start measure single axes; they are no attempts at the same task."""
    extra = {"clear": trial(attempt=2, score=0.0), "late": trial(attempt=3, score=0.0)}
    monkeypatch.setattr(TrialResult, "variant", property(lambda self: "clear" if self.attempt == 2 else "vague"), False)
    monkeypatch.setattr(TrialResult, "start", property(lambda self: 2 if self.attempt == 3 else 1), False)
    found = summarise([trial(), *extra.values()])
    assert (found["trials"], sum(found["arms"].values())) == (3, 2)
    assert found["agents"][0]["trials"] == 1
    assert found["agents"][0]["scores"]["correctness"]["mean"] == 1.0


def test_tasks_are_judged_by_agents_and_believed_by_their_reference():
    results = [trial(agent, attempt=n) for agent in ("a", "b", "c") for n in range(1, 5)]
    (item,) = summarise(results)["items"]
    assert (item["task"], item["verdict"]) == ("t", "retire")
    (item,) = summarise([*results, trial("reference", strict=(True, False))])["items"]
    assert (item["verdict"], item["reference_rate"]) == ("fix", 0.0)
    (item,) = summarise([trial("nop"), trial("reference")])["items"]
    assert (item["verdict"], item["agents"], item["solve_rate"]) == ("undecided", 0, None)
