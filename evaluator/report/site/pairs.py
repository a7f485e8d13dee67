"""Two agents side by side, and where to choose them; two trials side by side are two frames of the same page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.report.comparison import HEADINGS, cells, legend, notes, sentences
from evaluator.report.site import addresses
from evaluator.report.site.site import AXES, Site
from evaluator.run.results.compare import Comparison, Side, compare
from evaluator.run.results.counted import completed, main_trials, whole_chain
from harness.sandbox.tree import printable

MOST_TRIALS = 40
MOST_PAIRS = 66  # twelve agents; of more, the best twelve


def chooser(site: Site) -> str:
    """The page on which two agents, or two trials, are chosen."""
    return site.page(
        "compare.html",
        addresses.COMPARE,
        "Compare",
        pairs=[(a, b, addresses.pair(a, b)) for a, b in pairs(site)],
        by_task={task: [_choice(one.name) for one in trials] for task, trials in site.by_task.items()},
    )


def _choice(name: str) -> str | tuple[str, str]:
    """A trial to choose: the name in its address, and before it the name as it is shown where that is another."""
    shown, slug = printable(name), addresses.slug(name)
    return slug if shown == slug else (shown, slug)


def pairs(site: Site) -> list[tuple[str, str]]:
    """The pairs of agents that have a page: those with a common trial, the better one second."""
    done = {name: {(t.task, t.attempt) for t in completed(trials)} for name, trials in site.by_agent.items()}
    found = [(b, a) for a, b in combinations(site.by_agent, 2) if done[a] & done[b]]
    return sorted(found, key=lambda pair: max(map(list(site.by_agent).index, pair)))[:MOST_PAIRS]


def pair(site: Site, a: str, b: str) -> str:
    """The page of two agents. Raises `RunError` when they have no trial to compare."""
    sides = [Side(name, name, site.run, site.findings.info, main_trials(site.by_agent[name])) for name in (a, b)]
    found = compare(*sides)
    return site.page(
        "pair.html",
        addresses.pair(a, b),
        f"{a} and {b}",
        a=a,
        b=b,
        sentences=sentences(found),
        notes=[line for line in notes(found) if not line.startswith("A is ")],
        legend=legend(),
        headings=HEADINGS,
        rows=[(axis, cells(axis)) for axis in found.axes],
        tasks=_tasks(site, found),
        trials=_differing(found),
        axes=AXES,
    )


def _tasks(site: Site, found: Comparison) -> list[dict[str, Any]]:
    """Composite and whole chains of both, task by task."""
    sides = [_by_task(completed(side.trials)) for side in (found.a, found.b)]
    rows = []
    for task in site.by_task:
        of = [side[task] for side in sides]
        if all(of):
            means = [sum(map(_points, trials)) / len(trials) for trials in of]
            chains = [sum(map(whole_chain, trials)) / len(trials) for trials in of]
            rows.append({"task": task, "composite": means, "chain": chains, "difference": means[1] - means[0]})
    return sorted(rows, key=lambda row: -abs(row["difference"]))


def _by_task(trials: Iterable[TrialResult]) -> defaultdict[str, list[TrialResult]]:
    found: defaultdict[str, list[TrialResult]] = defaultdict(list)
    for one in trials:
        found[one.task].append(one)
    return found


def _differing(found: Comparison) -> list[tuple[TrialResult, TrialResult]]:
    """The pairs of trials that differ most, to be looked at."""
    of_a = {(one.task, one.attempt): one for one in completed(found.a.trials)}
    both = [(of_a[key], b) for b in completed(found.b.trials) if (key := (b.task, b.attempt)) in of_a]
    return sorted(both, key=lambda two: -abs(_points(two[0]) - _points(two[1])))[:MOST_TRIALS]


def _points(one: TrialResult) -> float:
    return one.scores["composite"] or 0.0
