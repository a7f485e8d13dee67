"""A run in parts: every trial in exactly one, the parts even, and the same on every machine."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import arm
from evaluator.run.folder import RunError
from evaluator.run.plan import make_plan
from evaluator.run.shards import deal, parse_shard

TALLY = str(Path(__file__).parents[4] / "evaluator/task/smallest/tally")


def spec(task, attempt=1, agent="a", seconds=60, start=1, variant="vague"):
    rounds = (SimpleNamespace(entry=SimpleNamespace(deadline_s=seconds)),)
    return SimpleNamespace(
        task=SimpleNamespace(id=task), attempt=attempt, agent=agent, start=start, variant=variant, rounds=rounds
    )


def seconds_of(part):
    return sum(one.rounds[0].entry.deadline_s for one in part)


trials = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.integers(1, 4), st.sampled_from(["x", "y"]), st.integers(1, 900)),
    unique_by=lambda one: one[:3],
    max_size=40,
).map(lambda found: [spec(*one) for one in found])


@given(trials, st.integers(1, 12))
def test_every_trial_is_in_one_part_and_parts_differ_by_at_most_one_trial(plan, of):
    parts = deal(plan, of)
    assert len(parts) == of
    assert sorted(map(id, plan)) == sorted(id(one) for part in parts for one in part)
    longest = max((seconds_of([one]) for one in plan), default=0)
    assert max(map(seconds_of, parts)) - min(map(seconds_of, parts)) <= longest
    assert all(parts) or len(plan) < of


@given(trials, st.integers(1, 12), st.randoms())
def test_the_order_of_the_plan_does_not_decide_who_runs_what(plan, of, random):
    shuffled = random.sample(plan, len(plan))
    for part, other in zip(deal(plan, of), deal(shuffled, of), strict=True):
        assert set(map(id, part)) == set(map(id, other))
        assert [plan.index(one) for one in part] == sorted(plan.index(one) for one in part)


def test_few_tasks_with_many_attempts_are_as_even_as_many_tasks():
    few = [spec("t", attempt) for attempt in range(1, 9)]
    many = [spec(f"t{n}") for n in range(8)]
    assert [len(part) for part in deal(few, 4)] == [len(part) for part in deal(many, 4)] == [2, 2, 2, 2]


def test_long_tasks_do_not_meet_in_one_part():
    plan = [spec("long1", seconds=900), spec("long2", seconds=900), *(spec(f"t{n}", seconds=300) for n in range(6))]
    assert [seconds_of(part) for part in deal(plan, 2)] == [1800, 1800]


def test_a_trial_and_its_arms_stay_together():
    made = make_plan(
        ["nop"], [TALLY], attempts=3, deadline_scale=1, sandbox="auto", twin=True, control=True, shard=(2, 3)
    )
    assert len({one.attempt for one in made.trials}) == 1
    assert [arm(one.variant, one.start) for one in made.trials] == ["", "clear", "from2", "from3"]
    assert (str(made.info.shard), made.info.shard.trials) == ("2/3", 1)


def test_the_parts_of_a_plan_are_the_plan_and_each_knows_all_of_it():
    def names(shard):
        made = make_plan(["nop", "reference"], [TALLY], attempts=3, deadline_scale=1, sandbox="auto", shard=shard)
        assert (made.info.agents, made.info.attempts) == (("nop", "reference"), 3)
        assert [task.id for task in made.tasks] == [ref.id for ref in made.info.tasks] == ["tally"]
        return [one.name for one in made.trials]

    parts = [names((number, 4)) for number in (1, 2, 3, 4)]
    assert sorted(name for part in parts for name in part) == sorted(names(None))
    assert sorted(map(len, parts)) == [1, 1, 2, 2]


def test_more_parts_than_trials_leave_some_empty():
    assert sorted(map(len, deal([spec("t")], 3))) == [0, 0, 1]


@pytest.mark.parametrize(("text", "part"), [("1/1", (1, 1)), ("2/4", (2, 4)), ("10/10", (10, 10))])
def test_a_part_is_named(text, part):
    assert parse_shard(text) == part


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/4/2", " 1/4", "1/4\n", "1 of 4"])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(RunError, match=r"that is no part of a run. `--shard 2/4` is the second of four"):
        parse_shard(text)
