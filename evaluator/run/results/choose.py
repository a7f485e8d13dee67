"""Which agent to use: what each scores and costs, which clear a bar, and which nobody need regret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.evidence import TrialResult
from evaluator.run.folder import RunError
from evaluator.run.results.counted import completed
from evaluator.run.results.means import mean_score
from evaluator.stats.intervals import Interval
from evaluator.stats.pareto import pareto


@dataclass(frozen=True)
class Offer:
    """One agent. `dollars` and `seconds` (its own time, not the boxes') are means a trial; dollars None: not known."""

    agent: str
    trials: int
    scores: Mapping[str, Interval]
    dollars: float | None
    seconds: float


@dataclass(frozen=True)
class Bar:
    """What is asked of an axis, in the axis's own unit (the composite: 0 to 100)."""

    axis: str
    least: float


@dataclass(frozen=True)
class Choice:
    """`clears` has the agents whose means clear every bar; `surely` those whose whole intervals do."""

    offers: list[Offer]
    bars: list[Bar]
    clears: list[str]
    surely: list[str]
    cheapest: str | None
    fastest: str | None
    pareto: list[str]
    pareto_cost: Literal["dollars", "seconds"]


def offers(trials: Mapping[str, Sequence[TrialResult]], *, axes: Sequence[str] = ()) -> list[Offer]:
    """What each agent offers, by name, on these axes (none named: on all); without a completed trial it is nothing."""
    return [_offer(agent, done, axes) for agent, results in trials.items() if (done := completed(results))]


def choose(found: list[Offer], bars: list[Bar]) -> Choice:
    """The cheapest and the fastest agent that clears every bar, and the Pareto set of cost and composite.

    Raises `RunError` for a bar on an axis that no agent has.
    """
    known = list(dict.fromkeys(axis for offer in found for axis in offer.scores))
    strange = [bar.axis for bar in bars if bar.axis not in known]
    if strange:
        raise RunError(f"No agent here has a score on `{strange[0]}`. Measured are: {', '.join(known) or 'none'}.")
    clear = [offer for offer in found if all(_mean(offer, bar.axis) >= bar.least for bar in bars)]
    surely = [offer for offer in clear if all(offer.scores[bar.axis].low >= bar.least for bar in bars)]
    priced = [offer for offer in clear if offer.dollars is not None]
    efficient, cost = pareto_set(found)
    return Choice(
        offers=found,
        bars=bars,
        clears=[offer.agent for offer in clear],
        surely=[offer.agent for offer in surely],
        cheapest=min(priced, key=lambda offer: offer.dollars or 0.0).agent if priced else None,
        fastest=min(clear, key=lambda offer: offer.seconds).agent if clear else None,
        pareto=efficient,
        pareto_cost=cost,
    )


def pareto_set(found: Sequence[Offer]) -> tuple[list[str], Literal["dollars", "seconds"]]:
    """Agents that no other beats in cost and composite, cheapest first; cost is time where a price is not known."""
    dollars = {offer.agent: offer.dollars for offer in found if offer.dollars is not None}
    priced = bool(found) and len(dollars) == len(found)
    points = {
        offer.agent: (dollars[offer.agent] if priced else offer.seconds, _mean(offer, "composite")) for offer in found
    }
    return pareto(points), "dollars" if priced else "seconds"


def _offer(agent: str, done: Sequence[TrialResult], axes: Sequence[str]) -> Offer:
    axes = axes or list(dict.fromkeys(axis for result in done for axis in result.scores))
    dollars = [result.dollars for result in done]
    known = [value for value in dollars if value is not None]
    return Offer(
        agent=agent,
        trials=len(done),
        scores={axis: interval for axis in axes if (interval := mean_score(done, axis))},
        dollars=sum(known) / len(known) if len(known) == len(done) else None,
        seconds=sum(result.agent_wall_s for result in done) / len(done),
    )


def _mean(offer: Offer, axis: str) -> float:
    return offer.scores[axis].mean if axis in offer.scores else float("-inf")
