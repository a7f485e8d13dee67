"""What a run would take, before it is started: from earlier runs, and from the tasks' own limits.

A trial is expected to be like the mean of the earlier ones of the same agent and model on the same task (and arm), or,
where there is none, on any task. What neither tells is not guessed, and how many trials that are is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.evidence import TrialResult, arm
from evaluator.run.folder import RunError, read_info, read_results
from evaluator.run.plan import Plan
from evaluator.trial.trial import TrialSpec


@dataclass(frozen=True)
class Forecast:
    """`minutes` of wall time at so many jobs and `dollars`, None where nothing is known of any trial.

    `unknown_minutes` and `unknown_dollars` are trials that the sums leave out; `from_trials` of `from_runs` are what
    they are based on, `on_other_tasks` the trials that only other tasks speak for. `most_minutes` and `most_dollars`
    are the deadlines and caps of the tasks, None where one of them has no cap.
    """

    trials: int
    minutes: float | None
    dollars: float | None
    unknown_minutes: int
    unknown_dollars: int
    on_other_tasks: int
    from_trials: int
    from_runs: int
    most_minutes: float
    most_dollars: float | None


@dataclass(frozen=True)
class Earlier:
    """One earlier trial and the model that its run named."""

    run: str
    model: str | None
    result: TrialResult


def earlier_trials(runs: Path) -> list[Earlier]:
    """The finished trials of all runs in a folder; what is no run, or cannot be read, is passed over."""
    found = []
    for path in sorted(runs.glob("*/run.json")):
        try:
            info, results = read_info(path.parent), read_results(path.parent)
        except RunError:
            continue
        found += [Earlier(info.id, info.model_of(one.agent), one) for one in results if one.outcome == "completed"]
    return found


def forecast(plan: Plan, trials: Sequence[TrialSpec], earlier: Iterable[Earlier], jobs: int) -> Forecast:
    """What these trials of a plan would take."""
    known = list(earlier)
    used: dict[int, Earlier] = {}
    minutes: list[float] = []
    dollars: list[float] = []
    elsewhere = 0
    for spec in trials:
        alike, same_task = _alike(plan, spec, known)
        used.update((id(one), one) for one in alike)
        if alike:
            elsewhere += not same_task
            minutes.append(math.fsum(one.result.wall_s for one in alike) / len(alike) / 60)
        costs = [one.result.dollars for one in alike if one.result.dollars is not None]
        if costs:
            dollars.append(math.fsum(costs) / len(costs))
        elif not plan.calls_models(spec):
            dollars.append(0.0)
    rounds = [(round_, spec.deadline_scale) for spec in trials for round_ in spec.rounds]
    caps = [round_.entry.caps.dollars for spec in trials if plan.calls_models(spec) for round_ in spec.rounds]
    return Forecast(
        trials=len(trials),
        minutes=math.fsum(minutes) / max(1, min(jobs, len(trials))) if minutes else None,
        dollars=math.fsum(dollars) if dollars else None,
        unknown_minutes=len(trials) - len(minutes),
        unknown_dollars=len(trials) - len(dollars),
        on_other_tasks=elsewhere,
        from_trials=len(used),
        from_runs=len({one.run for one in used.values()}),
        most_minutes=math.fsum(round_.entry.deadline_s * scale for round_, scale in rounds) / 60 / max(1, jobs),
        most_dollars=None if None in caps else math.fsum(cap for cap in caps if cap is not None),
    )


def in_words(found: Forecast) -> list[str]:
    """The forecast for a person, a line each."""
    lines = [f"{found.trials} {'trial' if found.trials == 1 else 'trials'}"]
    if found.minutes is None:
        lines.append("minutes: not known; no earlier run has these agents with this model")
    else:
        lines.append(f"minutes: about {found.minutes:.1f}{_without(found.unknown_minutes)}")
    if found.dollars is None:
        lines.append("dollars: not known; no earlier run tells what these agents cost")
    else:
        lines.append(f"dollars: about {found.dollars:.2f}{_without(found.unknown_dollars)}")
    if found.from_trials:
        other = f"; for {found.on_other_tasks} of the new ones only other tasks speak" if found.on_other_tasks else ""
        lines.append(f"based on {found.from_trials} earlier trials in {found.from_runs} runs{other}")
    caps = "" if found.most_dollars is None else f" and {found.most_dollars:.2f} dollars"
    lines.append(f"the tasks' own limits: at most {found.most_minutes:.0f} minutes of agents' work{caps}")
    return lines


def _alike(plan: Plan, spec: TrialSpec, known: Sequence[Earlier]) -> tuple[list[Earlier], bool]:
    """Earlier trials that speak for this one, and whether they are of its task."""
    model = plan.info.model if plan.agents[spec.agent].models == "one" else None
    own_arm = arm(spec.variant, spec.start)
    same = [
        one
        for one in known
        if one.result.agent == spec.agent and one.result.arm == own_arm and (model is None or one.model == model)
    ]
    here = [one for one in same if one.result.task == spec.task.id]
    return (here, True) if here else (same, False)


def _without(unknown: int) -> str:
    return f", without {unknown} of them, of which nothing is known" if unknown else ""
