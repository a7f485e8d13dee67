"""Item health: the verdict for each kind of task, and the correlation it rests on."""

import pytest

from evaluator.stats.items import Answers, judge_items, point_biserial


def answers(solved=None, scores=None, reference=(True,), broken=0, wall_s=(10.0,) * 40) -> Answers:
    solved = {agent: list(found) for agent, found in (solved or {}).items()}
    scores = scores if scores is not None else {agent: sum(found) / len(found) for agent, found in solved.items()}
    return Answers(solved=solved, scores=scores, reference=list(reference), broken=broken, wall_s=list(wall_s))


def some(successes: int, trials: int = 5) -> list[bool]:
    return [True] * successes + [False] * (trials - successes)


ELSEWHERE = answers({"good": some(5), "fair": some(3), "poor": some(1)})


def judged(task: Answers):
    return next(item for item in judge_items({"elsewhere": ELSEWHERE, "task": task}) if item.task == "task")


def test_a_task_that_tells_good_from_poor_is_kept():
    item = judged(answers({"good": some(5), "fair": some(2), "poor": some(0)}))
    assert (item.verdict, item.trials, item.agents) == ("keep", 15, 3)
    assert item.solve_rate == pytest.approx(7 / 15)
    assert item.discrimination > 0.5


def test_three_agents_at_the_ceiling_retire_a_task():
    item = judged(answers({"good": some(5), "fair": some(5), "poor": some(5), "worse": some(0)}))
    assert (item.verdict, item.reason) == ("retire", "saturated: 3 of 4 agents solve it in more than 95% of trials")
    assert judged(answers({"good": some(5), "fair": some(5), "poor": some(4)})).verdict == "keep"


def test_no_spread_retires_a_task():
    item = judged(answers({"good": some(3), "fair": some(3), "poor": some(3)}))
    assert (item.verdict, item.reason) == ("retire", "no spread: all 3 agents do equally well")


def test_one_that_nobody_gets_anywhere_with_is_to_be_fixed():
    nobody = {"good": some(0), "fair": some(0), "poor": some(0)}
    assert judged(answers(nobody)).verdict == "fix"
    apart = judged(answers(nobody, scores={"good": 0.7, "fair": 0.4, "poor": 0.1}))
    assert (apart.verdict, apart.reason) == ("keep", "solved in 0%, agents differ in part scores")


def test_one_that_better_agents_do_worse_at_is_to_be_fixed():
    item = judged(answers({"good": some(0), "fair": some(2), "poor": some(4)}))
    assert item.verdict == "fix"
    assert item.reason.startswith("agents that are better elsewhere do worse here (discrimination -0.")
    by_chance = judged(answers({"good": some(2), "fair": some(3), "poor": some(3)}))
    assert by_chance.discrimination < 0
    assert by_chance.verdict == "keep"


def test_one_whose_own_solution_fails_cannot_be_believed():
    item = judged(answers({"good": some(5)}, reference=(True, True, True, False)))
    assert (item.verdict, item.reference_rate) == ("fix", 0.75)
    assert "its own solution passed in only 75% of trials" in item.reason


def test_one_that_keeps_breaking_is_to_be_fixed():
    item = judged(answers({"good": some(5)}, broken=4, wall_s=(3.0,) * 36))
    assert (item.verdict, item.flake_rate, item.wall_s) == ("fix", 0.1, 3.0)
    assert judged(answers({"good": some(5)}, broken=2, wall_s=(3.0,) * 38)).verdict == "undecided"


@pytest.mark.parametrize(
    ("solved", "reason"),
    [
        ({}, "too few agents to judge it (0 of 3)"),
        ({"good": some(5), "fair": some(5)}, "too few agents to judge it (2 of 3)"),
        ({"good": [True], "fair": [True], "poor": [True]}, "too few trials to judge it (3 of 10)"),
    ],
)
def test_too_little_is_no_verdict(solved, reason):
    item = judged(answers(solved, reference=()))
    assert (item.verdict, item.reason, item.reference_rate) == ("undecided", reason, None)


def test_ability_is_measured_on_other_tasks():
    """Alone, a task has nothing to be set against: its own results would only agree with themselves."""
    (item,) = judge_items({"only": answers({"good": some(5), "fair": some(2), "poor": some(0)})})
    assert item.discrimination is None


def test_the_point_biserial_correlation_of_a_textbook_sample():
    """(M1 - M0) / s * sqrt(p q) with the population's s: the sample variance of 3, 5, 6, 8 is 3.25."""
    found = point_biserial([(True, 8.0), (True, 6.0), (False, 5.0), (False, 3.0)])
    assert found == pytest.approx((7 - 4) / 3.25**0.5 * 0.5)


@pytest.mark.parametrize("data", [[], [(True, 1.0)], [(True, 1.0), (True, 2.0)], [(True, 1.0), (False, 1.0)]])
def test_without_spread_there_is_no_correlation(data):
    assert point_biserial(data) is None
