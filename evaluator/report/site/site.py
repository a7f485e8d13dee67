"""One run, indexed for its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evaluator.evidence import TrialResult
from evaluator.report.findings import Findings, read_findings
from evaluator.report.site import addresses
from evaluator.report.site.page import page
from evaluator.run.results.counted import is_control

AXES = (
    "correctness", "adaptability", "quality", "efficiency", "recovery", "clarification", "calibration", "deployability",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Site:
    """A run's findings. `overview` leads from the run's folder to the list of all runs, "" where there is none.

    `live`: pages come from a server, which filters long lists and tells when this state, as it is called by it, is no
    longer that of the run. `running` are the trials that have begun and not ended.
    """

    findings: Findings
    overview: str = ""
    live: str = ""
    running: tuple[str, ...] = ()

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.findings.run

    @cached_property
    def trials(self) -> Mapping[str, TrialResult]:
        """All stored trials by name, main ones first."""
        ordered = sorted(self.findings.results, key=lambda one: (one.arm, one.task, one.agent, one.attempt))
        return {one.name: one for one in ordered}

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """The name of each trial, stored or running, by what it is called in addresses."""
        return {addresses.slug(name): name for name in (*self.trials, *self.running)}

    @cached_property
    def by_agent(self) -> Mapping[str, Sequence[TrialResult]]:
        """Trials by agent, best agent first, ceiling and floor last."""
        found: dict[str, list[TrialResult]] = defaultdict(list)
        for one in self.trials.values():
            found[one.agent].append(one)
        return {name: found[name] for name in sorted(found, key=self._rank)}

    @cached_property
    def by_task(self) -> Mapping[str, Sequence[TrialResult]]:
        """Trials by task."""
        found: dict[str, list[TrialResult]] = defaultdict(list)
        for one in self.trials.values():
            found[one.task].append(one)
        return dict(sorted(found.items()))

    @cached_property
    def attempts(self) -> Mapping[tuple[str, str, str], Sequence[TrialResult]]:
        """Trials that differ in their attempt only, first one first, by agent, task and arm."""
        found: dict[tuple[str, str, str], list[TrialResult]] = defaultdict(list)
        for one in self.trials.values():
            found[one.agent, one.task, one.arm].append(one)
        return found

    @cached_property
    def agents(self) -> Mapping[str, dict[str, Any]]:
        """The summary's entries by agent, best first, ceiling and floor last."""
        entries = {entry["agent"]: entry for entry in self.findings.agents}
        return {name: entries[name] for name in self.by_agent}

    @cached_property
    def colours(self) -> Mapping[str, int]:
        """The colour of each agent, the same on every page."""
        real = [name for name in self.by_agent if not is_control(name)]
        return {name: n for n, name in enumerate([*real, *(name for name in self.by_agent if is_control(name))])}

    def page(self, template: str, address: str, title: str, **content: Any) -> str:
        """A page of this run."""
        return page(template, address, **{"live": self.live, "site": self, "title": title, "here": address, **content})

    def _rank(self, agent: str) -> tuple[bool, float, str]:
        entry = next(entry for entry in self.findings.agents if entry["agent"] == agent)
        composite = entry["scores"].get("composite")
        return is_control(agent), -(composite["mean"] if composite else -1.0), agent


def read_site(run: Path) -> Site:
    """The site of a run folder. Raises `RunError`."""
    return Site(read_findings(run))
