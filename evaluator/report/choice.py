"""Which agent to use, in words and cells."""

from __future__ import annotations

from evaluator.report.insights import pareto_sentence
from evaluator.report.numbers import dollars, interval, seconds
from evaluator.run.results.choose import Choice, Offer

HEADINGS = ("agent", "trials", "composite", "correctness", "cost a trial", "time a trial", "clears")


def choice_sentences(choice: Choice) -> list[str]:
    """The cheapest and the fastest that clear the bars, and the Pareto set."""
    asked = " and ".join(f"{bar.axis} {bar.least:g}" for bar in choice.bars)
    if not choice.clears:
        return [f"No agent reaches {asked}.", pareto_sentence(choice.pareto, choice.pareto_cost)]
    by_name = {offer.agent: offer for offer in choice.offers}
    cheapest = "the cheapest is not known, as no cost is"
    if choice.cheapest:
        cheapest = f"the cheapest is {choice.cheapest} ({dollars(by_name[choice.cheapest].dollars)} a trial)"
    unknown = [name for name in choice.clears if by_name[name].dollars is None]
    if choice.cheapest and unknown:
        cheapest += f" of those whose cost is known (not {', '.join(unknown)})"
    fastest = by_name[choice.fastest or ""]
    said = [f"At least {asked}: {cheapest}; the fastest is {fastest.agent} ({seconds(fastest.seconds)} a trial)."]
    unsure = [name for name in choice.clears if name not in choice.surely]
    if unsure:
        said.append(f"By the mean only, with a 95 % interval that reaches below: {', '.join(unsure)}.")
    return [*said, pareto_sentence(choice.pareto, choice.pareto_cost)]


def choice_cells(choice: Choice, offer: Offer) -> tuple[str, ...]:
    """One row under `HEADINGS`."""
    clears = "yes" if offer.agent in choice.surely else "by mean" if offer.agent in choice.clears else "no"
    scores = {axis: vars(found) for axis, found in offer.scores.items()}
    return (
        offer.agent,
        str(offer.trials),
        interval(scores.get("composite"), digits=0),
        interval(scores.get("correctness")),
        dollars(offer.dollars, "unknown"),
        seconds(offer.seconds),
        clears,
    )
