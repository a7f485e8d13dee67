"""An agent's page: its vector, its rounds, its tasks, and where it fails."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.report.site import addresses, charts
from evaluator.report.site.overview import control_arm
from evaluator.report.site.site import AXES, Site
from evaluator.run.results.counted import completed, whole_chain
from evaluator.scoring.composite import presets

MOST_GROUPS = 12


def agent(site: Site, name: str) -> str:
    """The page of one agent."""
    entry, trials = site.agents[name], site.by_agent[name]
    done = completed(trials)
    vector = [
        (axis, found, charts.whisker(found["mean"], found["low"], found["high"]) if found else None)
        for axis in AXES
        for found in [entry["scores"].get(axis)]
    ]
    return site.page(
        "agent.html",
        addresses.agent(name),
        name,
        agent=entry,
        vector=vector,
        weights=presets()["default"],
        composites={preset: _mean([one.composites.get(preset) for one in done]) for preset in presets()},
        skills=_skills(done),
        rounds=list(zip(site.findings.rounds, entry["strict_by_round"], entry["degradation"], strict=False)),
        survival=entry["survival"],
        control=control_arm(site, name),
        tasks=_tasks(trials),
        groups=_groups(done),
        arms=[one for one in trials if one.arm],
        broken=[one for one in trials if one.outcome != "completed"],
    )


def _tasks(trials: Sequence[TrialResult]) -> list[dict[str, Any]]:
    by_task: dict[str, list[TrialResult]] = defaultdict(list)
    for one in trials:
        if not one.arm:
            by_task[one.task].append(one)
    return [
        {
            "task": task,
            "trials": found,
            "composite": _mean([one.scores.get("composite") for one in found]),
            "scores": {axis: _mean([one.scores.get(axis) for one in found]) for axis in AXES},
            "chain": _mean([float(whole_chain(one)) for one in found if one.outcome == "completed"]),
            "dollars": _mean([one.dollars for one in found]),
            "seconds": _mean([one.agent_wall_s for one in found if one.outcome == "completed"]),
        }
        for task, found in sorted(by_task.items())
    ]


def _groups(done: list[TrialResult]) -> list[tuple[str, str, int, int]]:
    """Requirements most often red at a round's end: task, group, in how many trials, of how many."""
    red: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    for one in done:
        last = {(one.task, group): verdict for round_ in one.rounds for group, verdict in round_.groups.items()}
        ever = {(one.task, g) for round_ in one.rounds for g, verdict in round_.groups.items() if verdict == "failed"}
        asked.update(last.keys())
        red.update(ever)
    worst = sorted(red, key=lambda key: (-red[key] / asked[key], -red[key], key))
    return [(task, group, red[task, group], asked[task, group]) for task, group in worst[:MOST_GROUPS]]


def _skills(done: list[TrialResult]) -> dict[str, float | None]:
    names = dict.fromkeys(name for one in done for name in one.subskills)
    return {name: _mean([one.subskills.get(name) for one in done]) for name in names}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
