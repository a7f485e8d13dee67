"""How long a run will still take: only from what it has shown, and what it has not is counted."""

from dataclasses import replace

import pytest

from evaluator.run.remaining import Remaining, remaining
from evaluator.trial.trial import TrialSpec


@pytest.fixture
def spec(tally):
    def made(agent="a", attempt=1, task="tally", **changes):
        manifest = tally.manifest.model_copy(update={"id": task})
        return TrialSpec(agent, replace(tally, manifest=manifest), attempt, **changes)

    return made


@pytest.fixture
def done(make_trial):
    return lambda wall_s, agent="a", task="tally", attempt=9, **changes: make_trial(
        agent, task, attempt, wall_s=wall_s, **changes
    )


def test_nothing_has_ended_and_nothing_is_known(spec):
    assert remaining([spec()], {}, [], 1) is None


def test_trials_of_the_same_agent_and_task_speak_first(spec, done):
    ended = [done(10.0), done(20.0), done(300.0, task="long"), done(1000.0, agent="b")]
    assert remaining([spec()], {}, ended, 1) == Remaining(15.0, 0)
    assert remaining([spec(task="other")], {}, ended, 1) == Remaining(110.0, 0)


def test_an_agent_of_which_nothing_is_known_is_counted_not_guessed(spec, done):
    assert remaining([spec(), spec("new"), spec("new", 2)], {}, [done(10.0)], 1) == Remaining(10.0, 2)


def test_what_has_begun_has_less_to_go_and_never_less_than_nothing(spec, done):
    left = [spec(attempt=n) for n in (1, 2, 3)]
    running = {left[0].name: 4.0, left[1].name: 99.0}
    assert remaining(left, running, [done(10.0)], 1) == Remaining(16.0, 0)


def test_jobs_work_side_by_side_but_no_trial_is_shared(spec, done):
    left = [spec(attempt=n) for n in range(4)]
    assert remaining(left, {}, [done(10.0)], 2) == Remaining(20.0, 0)
    assert remaining(left[:3], {}, [done(10.0)], 64) == Remaining(10.0, 0)


def test_arms_speak_for_themselves_and_broken_trials_for_nobody(spec, done):
    ended = [done(10.0), done(500.0, broken=True)]
    assert remaining([spec()], {}, ended, 1) == Remaining(10.0, 0)
    assert remaining([spec(start=2)], {}, ended, 1) is None
