"""What many trials together say, in a line each: agents worth their price, how firm their order is, tasks to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

SHAKY = 0.05  # neighbours that change places more often than this are named
MOST_SWAPS = 3


def insights(summary: dict[str, Any]) -> list[str]:
    """Lines on a summary.json; none where there is nothing to say (a single agent, tasks that nobody can judge yet)."""
    lines = []
    if len(summary["pareto"]["agents"]) and summary["rank_stability"]:
        lines.append(pareto_sentence(summary["pareto"]["agents"], summary["pareto"]["cost"]))
    if summary["rank_stability"]:
        lines.append(_ranks(summary["rank_stability"]))
    return [*lines, *map(_gap, summary["variants"]), *_items(summary["items"])]


def pareto_sentence(agents: Sequence[str], cost: str) -> str:
    """The set in one line."""
    what, first = ("cost", "cheapest") if cost == "dollars" else ("time (cost is unknown)", "fastest")
    return f"No agent beats these in both {what} and composite, {first} first: {', '.join(agents)}."


def _gap(row: dict[str, Any]) -> str:
    said = f"{row['agent']} on {row['variant']}: correctness {row['correctness']:.2f}"
    if row["gap"] is None:
        return f"{said} ({row['trials']} trials)."
    gap = row["gap"]
    return f"{said}, {gap['mean']:+.2f} ({gap['low']:+.2f} to {gap['high']:+.2f}) against the plain task."


def _ranks(ranks: dict[str, Any]) -> str:
    order = " > ".join(ranks["order"]) if len(ranks["order"]) <= 4 else f"the {len(ranks['order'])} agents"
    said = f"The order by composite ({order}) holds under {ranks['same']:.0%} of weightings around the default"
    shaky = sorted((swap for swap in ranks["swaps"] if swap["share"] > SHAKY), key=lambda swap: -swap["share"])
    if not shaky:
        return f"{said}."
    named = ", ".join(f"{swap['ahead']} and {swap['behind']} in {swap['share']:.0%}" for swap in shaky[:MOST_SWAPS])
    more = f" and {len(shaky) - MOST_SWAPS} more pairs" if len(shaky) > MOST_SWAPS else ""
    return f"{said}; changing places: {named}{more}."


def _items(items: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each task that should not stay as it is, and how many should."""
    judged = [item for item in items if item["verdict"] != "undecided"]
    verdicts = Counter(item["verdict"] for item in judged)
    if judged:
        yield f"Tasks: {', '.join(f'{verdict} {verdicts[verdict]}' for verdict in ('keep', 'fix', 'retire'))}."
    for item in judged:
        if item["verdict"] != "keep":
            yield f"  {item['verdict']} {item['task']}: {item['reason']}"
