"""Which agent to use: what clears a bar, at what price, and what is said where no price is known."""

import pytest

from evaluator.run.folder import RunError
from evaluator.run.results.choose import Bar, choose, offers


@pytest.fixture
def found(make_trial):
    """Offers of agents as name -> (score, seconds)."""

    def made(**agents):
        return offers({
            name: [make_trial(name, task, score=score, agent_wall_s=seconds) for task in ("t", "u")]
            for name, (score, seconds) in agents.items()
        })  # fmt: skip

    return made


@pytest.fixture
def priced(found):
    from dataclasses import replace

    def made(prices, **agents):
        return [replace(offer, dollars=prices[offer.agent]) for offer in found(**agents)]

    return made


def test_the_cheapest_and_the_fastest_that_clear_every_bar(priced):
    offered = priced({"low": 0.1, "fair": 0.5, "good": 2.0}, low=(0.3, 1), fair=(0.7, 90), good=(0.9, 40))
    choice = choose(offered, [Bar("correctness", 0.7), Bar("composite", 60)])
    assert (choice.clears, choice.cheapest, choice.fastest) == (["fair", "good"], "fair", "good")
    assert (choice.pareto, choice.pareto_cost) == (["low", "fair", "good"], "dollars")


def test_without_prices_only_the_fastest_is_known(found):
    choice = choose(found(slow=(0.9, 100), quick=(0.9, 20)), [Bar("correctness", 0.5)])
    assert (choice.cheapest, choice.fastest) == (None, "quick")
    assert (choice.pareto, choice.pareto_cost) == (["quick"], "seconds")


def test_one_unknown_price_makes_time_the_cost_for_all(priced):
    offered = priced({"a": 0.1, "b": None}, a=(0.9, 100), b=(0.9, 20))
    choice = choose(offered, [Bar("correctness", 0.5)])
    assert (choice.cheapest, choice.pareto_cost, choice.pareto) == ("a", "seconds", ["b"])


def test_a_bar_cleared_by_the_mean_alone_is_not_surely_cleared(make_trial):
    trials = [make_trial("a", f"t{n}", score=n / 10) for n in range(11)]
    choice = choose(offers({"a": trials}), [Bar("correctness", 0.45)])
    assert (choice.clears, choice.surely) == (["a"], [])
    assert choose(offers({"a": trials}), [Bar("correctness", 0.1)]).surely == ["a"]


def test_nobody_may_clear_it(found):
    choice = choose(found(a=(0.2, 1)), [Bar("correctness", 0.9)])
    assert (choice.clears, choice.cheapest, choice.fastest) == ([], None, None)


def test_an_agent_without_a_completed_trial_offers_nothing(make_trial):
    assert offers({"a": [make_trial("a", broken=True)]}) == []


def test_an_unknown_axis_is_said_with_the_known_ones(found):
    with pytest.raises(
        RunError, match=r"No agent here has a score on `accuracy`\. Measured are: correctness, composite"
    ):
        choose(found(a=(0.2, 1)), [Bar("accuracy", 0.9)])
