"""A task's page: what it is, whether it can be believed, how agents fare on it and on which requirement they fail."""

from __future__ import annotations

import functools
from collections import defaultdict
from pathlib import Path
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.report.site import addresses
from evaluator.report.site.site import AXES, Site
from evaluator.run.folder import RunError, TaskRef
from evaluator.run.results.counted import whole_chain
from evaluator.run.stored_tasks import stored_task
from evaluator.task import Task


def task(site: Site, name: str) -> str:
    """The page of one task."""
    trials = [one for one in site.by_task[name] if not one.arm]
    by_agent: dict[str, list[TrialResult]] = defaultdict(list)
    for one in trials:
        by_agent[one.agent].append(one)
    agents = [agent for agent in site.by_agent if agent in by_agent]
    item = next((item for item in site.findings.summary["items"] if item["task"] == name), None)
    return site.page(
        "task.html",
        addresses.task(name),
        name,
        name=name,
        task=known_task(site, name),
        ref=next((ref for ref in site.findings.info.tasks if ref.id == name), None),
        item=item,
        axes=AXES,
        agents=[_agent(agent, by_agent[agent]) for agent in agents],
        groups=_groups(trials, agents),
        arms=[one for one in site.by_task[name] if one.arm],
    )


def known_task(site: Site, name: str) -> Task | None:
    """The task as it was asked, None where the run holds no copy that can be read."""
    ref = next((ref for ref in site.findings.info.tasks if ref.id == name), None)
    return _read_task(site.run, ref) if ref else None


@functools.lru_cache(maxsize=64)  # every trial's page asks for its task, which takes a tenth of a second to unpack
def _read_task(run: Path, ref: TaskRef) -> Task | None:
    try:
        return stored_task(run, ref)
    except (RunError, OSError):
        return None


def _agent(name: str, trials: list[TrialResult]) -> dict[str, Any]:
    done = [one for one in trials if one.outcome == "completed"]

    def mean(axis: str) -> float | None:
        known = [value for one in done if (value := one.scores.get(axis)) is not None]
        return sum(known) / len(known) if known else None

    return {
        "name": name,
        "trials": trials,
        "scores": {axis: mean(axis) for axis in (*AXES, "composite")},
        "chain": sum(map(whole_chain, done)) / len(done) if done else None,
    }


def _groups(trials: list[TrialResult], agents: list[str]) -> list[dict[str, Any]]:
    """For each requirement group the share of hand-overs (rounds' ends) that met it, by agent."""
    met: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in trials:
        for round_ in one.rounds:
            for group, verdict in {**round_.groups, **round_.constraints}.items():
                met[group][one.agent].append(verdict == "passed")

    def share(group: str, agent: str) -> float | None:
        found = met[group].get(agent)
        return sum(found) / len(found) if found else None

    return [{"group": group, "shares": [share(group, agent) for agent in agents]} for group in sorted(met, key=_order)]


def _order(group: str) -> tuple[int, str]:
    """Rounds in order, what holds from the start first, standing rules last."""
    section = group.partition("/")[0]
    number = section.partition("-")[0]
    return (0 if section == "base" else int(number) if number.isdigit() else 99), group
