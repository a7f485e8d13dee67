"""Would other weights have put the agents in another order? Weights drawn around the given ones, orders counted."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONCENTRATION = 50.0  # a weight of .35 lies between .22 and .48 in 95 % of draws, one of .05 between .01 and .12
DRAWS = 1_000


@dataclass(frozen=True)
class Part:
    """Trials of one agent in which the same axes were measured: their `share` of the agent's mean, and each axis's mean
    contribution per weight. The composite is linear in the weights over such a part, so means are enough.
    """

    share: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Swap:
    """Two neighbours in the order, and the share of draws in which they change places."""

    ahead: str
    behind: str
    share: float


@dataclass(frozen=True)
class RankStability:
    """`order` is best first under the given weights, `same` the share of draws with exactly that order."""

    order: tuple[str, ...]
    same: float
    swaps: tuple[Swap, ...]


def rank_stability(
    agents: Mapping[str, Sequence[Part]], weights: Mapping[str, float], *, draws: int = DRAWS, seed: int = 0
) -> RankStability:
    """How firm the order of the agents by composite is when weights are drawn from a Dirichlet around `weights`."""
    means = {name: weighted_mean(parts, weights) for name, parts in agents.items()}
    order = sorted(agents, key=lambda name: (-means[name], name))
    pairs = list(itertools.pairwise(order))
    source = random.Random(seed)  # noqa: S311 - a repeatable draw is the point
    same = 0
    swapped = dict.fromkeys(pairs, 0)
    for _ in range(draws):
        drawn = {
            axis: source.gammavariate(CONCENTRATION * weight, 1.0) if weight else 0.0
            for axis, weight in weights.items()
        }
        found = {name: weighted_mean(parts, drawn) for name, parts in agents.items()}
        turned = [pair for pair in pairs if found[pair[0]] < found[pair[1]] - 1e-9]
        same += not turned  # neighbours in order all along the line: the whole line is
        for pair in turned:
            swapped[pair] += 1
    swaps = tuple(Swap(ahead, behind, count / draws) for (ahead, behind), count in swapped.items())
    return RankStability(tuple(order), same / draws, swaps)


def weighted_mean(parts: Sequence[Part], weights: Mapping[str, float]) -> float:
    """An agent's mean composite, 0 to 1, under these weights: absent axes' weights are shared out in each part."""
    total = 0.0
    for part in parts:
        present = sum(weights[axis] for axis in part.values)
        if present:
            total += part.share * sum(weights[axis] * value for axis, value in part.values.items()) / present
    return total
