"""The first page of a run: who did how well, how surely, at what cost, and what the trials together tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.report.site import addresses, charts
from evaluator.report.site.site import AXES, Site
from evaluator.run.results.counted import is_control
from evaluator.scoring.composite import presets


def overview(site: Site) -> str:
    """The leaderboard's page."""
    drawn = [name for name in site.agents if site.agents[name]["trials"]]
    return site.page(
        "overview.html",
        addresses.INDEX,
        site.findings.id,
        axes=AXES,
        weights=presets()["default"],
        rounds=site.findings.rounds,
        rows=[_row(site, name) for name in site.agents],
        curves=_curves(site, drawn) if drawn else [],
        pareto=_pareto(site, drawn),
        legend=[(name, charts.mark(site.colours[name])) for name in drawn],
        controls=[name for name in drawn if any(share is not None for share in control_arm(site, name))],
    )


def control_arm(site: Site, agent: str) -> list[float | None]:
    """By round, the share that the agent solved strictly from the reference's state; None where that was not tried."""
    starts: dict[int, list[TrialResult]] = {}
    for one in site.by_agent[agent]:
        if one.outcome == "completed" and one.start > 1 and one.variant == "vague":
            starts.setdefault(one.start, []).append(one)
    rounds = range(1, len(site.findings.rounds) + 1)
    return [_strict(starts[n]) if n in starts else None for n in rounds]


def _strict(trials: Sequence[TrialResult]) -> float:
    return sum(trial.rounds[0].strict for trial in trials) / len(trials)


def _row(site: Site, name: str) -> dict[str, Any]:
    entry = site.agents[name]
    composite = entry["scores"].get("composite")
    return {
        **entry,
        "name": name,
        "control": is_control(name),
        "whisker": charts.whisker(composite["mean"], composite["low"], composite["high"], 100) if composite else None,
    }


def _curves(site: Site, agents: Sequence[str]) -> list[tuple[str, Any]]:
    """Strict passes and correctness by round, a picture each."""
    labels = [heading.partition(" ")[2] or heading for heading in site.findings.rounds]
    pictures = []
    for key, title in (("strict", "Rounds passed strictly"), ("correctness", "Correctness")):
        series = [
            charts.Series(name, [point[key] for point in site.agents[name]["degradation"]], site.colours[name])
            for name in agents
        ]
        if key == "strict":
            series += [
                charts.Series(f"{name}, from the reference's state", arm, site.colours[name], dashed=True)
                for name in agents
                for arm in [control_arm(site, name)]
                if any(share is not None for share in arm)
            ]
        says = "; ".join(
            f"{one.name}: {', '.join('–' if v is None else f'{v:.0%}' for v in one.values)}" for one in series
        )
        pictures.append((title, charts.curve(series, labels, f"{title} by round. {says}.")))
    return pictures


def _pareto(site: Site, agents: Sequence[str]) -> dict[str, Any] | None:
    """Composite over cost, of agents that are not controls; None for fewer than two."""
    front, unit = site.findings.summary["pareto"]["agents"], site.findings.summary["pareto"]["cost"]
    points = []
    for name in agents:
        cost = site.agents[name][f"{unit}_a_trial"]
        found = site.agents[name]["scores"].get("composite")
        if not is_control(name) and found and cost is not None:
            interval = (found["mean"], found["low"], found["high"])
            points.append(charts.Point(name, cost, *interval, site.colours[name], name in front))
    if len(points) < 2:
        return None
    what = "dollars a trial" if unit == "dollars" else "seconds a trial"
    says = f"Composite over {what}. " + "; ".join(f"{p.name}: {p.x:.3g}, {p.y:.0f}" for p in points)
    return {"picture": charts.scatter(points, unit, says), "unit": what, "front": front}
