"""What agents lose on variants of tasks."""

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.results.gaps import variant_gaps


def result(task, correctness, *, attempt=1, rounds=3, agent="a", **more):
    played = tuple(
        RoundResult(
            n=n, kind="fix", strict=True, isolated=True, correctness=1, first_try=1, hand_ins=1, groups={},
            constraints={}, wall_s=1, timed_out=False,
        )
        for n in range(1, rounds + 1)
    )  # fmt: skip
    return TrialResult(
        agent=agent, task=task, task_version=1, task_digest="d", attempt=attempt, sandbox="docker",
        outcome="completed", scores={"correctness": correctness}, rounds=played, **more,
    )  # fmt: skip


def test_the_gap_is_paired_by_task_and_attempt():
    results = [
        result("x", 0.8), result("x.renamed", 0.5), result("x", 0.6, attempt=2), result("x.renamed", 0.6, attempt=2),
        result("y", 1.0), result("y.renamed", 0.8), result("y.renamed", 0.0, attempt=9),
    ]  # fmt: skip
    (row,) = variant_gaps(results)
    assert (row["agent"], row["variant"], row["trials"]) == ("a", "renamed", 4)
    assert round(row["gap"]["mean"], 3) == round((-0.15 - 0.2) / 2, 3)


def test_a_variant_with_other_rounds_has_a_mean_and_no_gap():
    (row,) = variant_gaps([result("x", 1.0), result("x.impossible", 0.25, rounds=1)])
    assert (row["correctness"], row["gap"]) == (0.25, None)


def test_without_variants_there_is_nothing():
    assert variant_gaps([result("x", 1.0)]) == []
