"""The order of agents under other weights rests on the very composite that is reported."""

import tomllib
from importlib import resources

import pytest

from evaluator.run.results.ranks import agent_ranks, parts
from evaluator.scoring.composite import composite
from evaluator.stats.ranks import weighted_mean

WEIGHTS = tomllib.loads(resources.files("evaluator.scoring").joinpath("weights.toml").read_text())["default"]


def scored(make_trial, agent, task, attempt=1, gated=False, **scores):
    return make_trial(agent, task, attempt, scores={**scores, "composite": composite(scores, gated=gated)})


def test_under_the_given_weights_it_is_the_mean_composite_over_tasks(make_trial):
    trials = [
        scored(make_trial, "a", "t", 1, correctness=0.9, quality=0.5, recovery=None),
        scored(make_trial, "a", "t", 2, correctness=0.2, quality=0.8, recovery=0.4),
        scored(make_trial, "a", "u", 1, correctness=0.7, efficiency=1.0),
        scored(make_trial, "a", "u", 2, gated=True, correctness=1.0, quality=1.0),
        scored(make_trial, "a", "v", 1, correctness=0.0, quality=1.0),
    ]  # fmt: skip
    by_task = [[r.scores["composite"] for r in trials if r.task == task] for task in "tuv"]
    mean = sum(sum(values) / len(values) for values in by_task) / 3
    assert 100 * weighted_mean(parts(trials, WEIGHTS), WEIGHTS) == pytest.approx(mean)


def test_trials_with_the_same_axes_are_one_part(make_trial):
    trials = [scored(make_trial, "a", "t", n, correctness=0.5, quality=0.5) for n in range(1, 6)]
    (part,) = parts(trials, WEIGHTS)
    assert part.share == pytest.approx(1.0)


def test_controls_and_broken_trials_have_no_place_in_the_order(make_trial):
    results = [
        scored(make_trial, "b", "t", correctness=0.3),
        scored(make_trial, "a", "t", correctness=0.9),
        scored(make_trial, "reference-2", "t", correctness=1.0),
        make_trial("c", broken=True),
    ]
    assert agent_ranks(results).order == ("a", "b")
    assert agent_ranks(results[1:]) is None
