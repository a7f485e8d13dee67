"""What a task tells us: is it solved by all, does it tell good agents from bad, can its verdicts be believed?

Classical item analysis (Lord and Novick 1968; Allen and Yen 1979) with tasks as items and trials as answers.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.stats.intervals import Z95

SATURATED = 0.95
FEWEST_AGENTS = 3
FEWEST_TRIALS = 10
UNRELIABLE = 0.05
NO_SPREAD = 0.05
Verdict = Literal["retire", "fix", "keep", "undecided"]


@dataclass(frozen=True)
class Item:
    """One task. `discrimination` is in [-1, 1]; None is unknown. `agents` counts those it judged."""

    task: str
    verdict: Verdict
    reason: str
    agents: int
    trials: int
    solve_rate: float | None
    discrimination: float | None
    reference_rate: float | None
    flake_rate: float
    wall_s: float | None


@dataclass(frozen=True)
class Answers:
    """What is known of one task. `solved` has an agent's whole-chain successes, `scores` its mean correctness.

    `reference` are the successes of the task's own solution; `broken` is the number of infrastructure errors, `wall_s`
    the seconds of each completed trial.
    """

    solved: Mapping[str, Sequence[bool]]
    scores: Mapping[str, float]
    reference: Sequence[bool]
    broken: int
    wall_s: Sequence[float]


def judge_items(tasks: Mapping[str, Answers]) -> list[Item]:
    """Every task with a verdict and its reason, by name."""
    rates = {task: {agent: _mean(found) for agent, found in a.solved.items() if found} for task, a in tasks.items()}
    return [_judge(task, answers, rates) for task, answers in sorted(tasks.items())]


def point_biserial(answers: Sequence[tuple[bool, float]]) -> float | None:
    """Correlation of success with ability (Pearson's r of a dichotomy), None where either has no spread."""
    successes, abilities = [float(success) for success, _ in answers], [ability for _, ability in answers]
    if len(set(successes)) < 2 or len(set(abilities)) < 2:
        return None
    return statistics.correlation(successes, abilities)


def _judge(task: str, answers: Answers, rates: Mapping[str, Mapping[str, float]]) -> Item:
    own = rates[task]
    trials = sum(map(len, answers.solved.values()))
    everything = answers.broken + len(answers.wall_s)
    # A trial is set against how its agent does on the *other* tasks: with this one among them it would prove itself.
    answered = [
        (success, ability)
        for agent, found in answers.solved.items()
        if (ability := _elsewhere(agent, task, rates)) is not None
        for success in found
    ]
    discrimination = point_biserial(answered)
    reference_rate = _mean(answers.reference) if answers.reference else None
    flake_rate = answers.broken / everything if everything else 0.0
    verdict, reason = _verdict(trials, own, answers.scores, discrimination, reference_rate, flake_rate)
    return Item(
        task=task,
        verdict=verdict,
        reason=reason,
        agents=len(own),
        trials=trials,
        solve_rate=_mean(list(own.values())) if own else None,
        discrimination=discrimination,
        reference_rate=reference_rate,
        flake_rate=flake_rate,
        wall_s=_mean(answers.wall_s) if answers.wall_s else None,
    )


def _verdict(
    trials: int,
    rates: Mapping[str, float],
    scores: Mapping[str, float],
    discrimination: float | None,
    reference_rate: float | None,
    flake_rate: float,
) -> tuple[Verdict, str]:
    if reference_rate is not None and reference_rate < 1:
        return "fix", f"its own solution passed in only {reference_rate:.0%} of trials: its verdicts cannot be believed"
    if flake_rate > UNRELIABLE:
        return "fix", f"{flake_rate:.0%} of its trials ended in infrastructure errors"
    if len(rates) < FEWEST_AGENTS:
        return "undecided", f"too few agents to judge it ({len(rates)} of {FEWEST_AGENTS})"
    if trials < FEWEST_TRIALS:
        return "undecided", f"too few trials to judge it ({trials} of {FEWEST_TRIALS})"
    return _told_by_agents(rates, scores, discrimination, trials)


def _told_by_agents(
    rates: Mapping[str, float], scores: Mapping[str, float], discrimination: float | None, trials: int
) -> tuple[Verdict, str]:
    at_ceiling = sum(rate > SATURATED for rate in rates.values())
    if at_ceiling >= FEWEST_AGENTS:
        return (
            "retire",
            f"saturated: {at_ceiling} of {len(rates)} agents solve it in more than {SATURATED:.0%} of trials",
        )
    alike = max(scores.values(), default=0.0) - min(scores.values(), default=0.0) < NO_SPREAD
    if alike and not any(rates.values()):
        return (
            "fix",
            f"none of {len(rates)} agents solves it and all score alike: too hard, or something is wrong with it",
        )
    if alike and len(set(rates.values())) == 1:
        return "retire", f"no spread: all {len(rates)} agents do equally well"
    if discrimination is not None and discrimination < -Z95 / math.sqrt(trials):  # below 0 by more than chance
        return "fix", f"agents that are better elsewhere do worse here (discrimination {discrimination:.2f})"
    told = f"discrimination {discrimination:.2f}" if discrimination is not None else "agents differ in part scores"
    return "keep", f"solved in {_mean(list(rates.values())):.0%}, {told}"


def _elsewhere(agent: str, task: str, rates: Mapping[str, Mapping[str, float]]) -> float | None:
    others = [found[agent] for other, found in rates.items() if other != task and agent in found]
    return _mean(others) if others else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
