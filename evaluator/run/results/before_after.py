"""Every agent of two runs against itself: what a change of the agents, or of anything around them, has done.

Who is in one run only, has another model now, or did tasks that have changed meanwhile is left out, and that is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluator.run.folder import RunError
from evaluator.run.results.compare import Comparison, Side, check_mixed, compare, read_sides
from evaluator.stats.holm import holm


@dataclass(frozen=True)
class BeforeAfter:
    """One comparison an agent, a before, b after, by the agents' names; `left_out` says who is not compared, and why.

    Several agents are several chances to find a difference where none is, so each p is adjusted (Holm) over all of
    them: the composites by themselves, the axes together.
    """

    before: Path
    after: Path
    comparisons: list[Comparison]
    left_out: list[str]

    @property
    def worse(self) -> dict[str, list[str]]:
        """The agents that are significantly worse after, and on what."""
        return {found.b.agent: found.worse for found in self.comparisons if found.worse}


def before_after(before: Path, after: Path, *, allow_mixed: bool = False) -> BeforeAfter:
    """Compare each agent with itself. Raises `RunError` when there is nothing to compare, or the runs do not."""
    sides = read_sides([before, after], [])
    left_out: list[str] = []
    pairs = _same_tasks(_same_agents(sides, before, left_out), left_out)
    mixed = check_mixed([side for pair in pairs for side in pair], allow=allow_mixed)
    comparisons = []
    for a, b in pairs:
        try:
            comparisons.append(compare(a, b, mixed=mixed))
        except RunError as error:
            left_out.append(f"{b.agent}: {error}")
    if not comparisons:
        raise RunError(f"There is nothing to compare in {before} and {after}. {' '.join(left_out)}".rstrip())
    return BeforeAfter(before, after, _adjusted(comparisons), left_out)


def _same_agents(sides: Sequence[Side], before: Path, left_out: list[str]) -> list[tuple[Side, Side]]:
    by_agent: dict[str, list[Side]] = defaultdict(list)
    for side in sides:
        by_agent[side.agent].append(side)
    pairs = []
    for agent, found in sorted(by_agent.items()):
        if len(found) != 2:
            left_out.append(f"{agent} is only in {found[0].run}.")
            continue
        a, b = found if found[0].run == before else found[::-1]
        was, is_ = (side.info.model_of(agent) for side in (a, b))
        if was != is_:
            left_out.append(f"{agent} worked with {was or 'no model'} before and with {is_ or 'no model'} after.")
        else:
            pairs.append((a, b))
    return pairs


def _same_tasks(pairs: Sequence[tuple[Side, Side]], left_out: list[str]) -> list[tuple[Side, Side]]:
    digests: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        for side in pair:
            for trial in side.trials:
                digests[trial.task].add(trial.task_digest)
    changed = sorted(task for task, found in digests.items() if len(found) > 1)
    if changed:
        left_out.append(f"Changed since, and left out: {', '.join(changed)}.")
    return [(_without(a, changed), _without(b, changed)) for a, b in pairs]


def _without(side: Side, tasks: Sequence[str]) -> Side:
    return replace(side, trials=[trial for trial in side.trials if trial.task not in tasks])


def _adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    raw = {
        (found.b.agent, axis.axis): axis.paired.p for found in comparisons for axis in found.axes if axis.paired
    }  # fmt: skip
    composites, vectors = (
        {key: p for key, p in raw.items() if (key[1] == "composite") is one} for one in (True, False)
    )
    adjusted = {**holm(composites), **holm(vectors)}
    return [
        replace(found, axes=[replace(axis, p=adjusted.get((found.b.agent, axis.axis))) for axis in found.axes])
        for found in comparisons
    ]
