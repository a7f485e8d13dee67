"""Everything that is known of one trial, read once for all of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.evidence import Event, TrialResult
from evaluator.report.site.site import Site
from evaluator.report.site.tasks import known_task
from evaluator.run.folder import RunError
from evaluator.run.stored_trial import StoredHandIn, read_calls, read_events, read_hand_ins, read_trajectory
from evaluator.task import Task

if TYPE_CHECKING:
    from harness.gateway import Call


@dataclass(frozen=True)
class Told:
    """One trial. `missing` says which of its files could not be read, and why; the rest is shown all the same."""

    site: Site
    result: TrialResult
    events: Sequence[Event]
    hand_ins: Sequence[StoredHandIn]
    calls: Sequence[Call]
    trajectory: Mapping[str, Any] | None
    error_log: str
    missing: Sequence[str]

    @property
    def name(self) -> str:
        """The trial's."""
        return self.result.name

    @property
    def home(self) -> Path:
        """Its folder."""
        return self.site.run / "trials" / self.name

    @cached_property
    def task(self) -> Task | None:
        """The task as it was asked, None where the run holds no copy."""
        return known_task(self.site, self.result.task)

    @cached_property
    def last(self) -> Mapping[int, StoredHandIn]:
        """The last hand-in of each round."""
        return {hand_in.grade.round: hand_in for hand_in in self.hand_ins}


def read_told(site: Site, result: TrialResult) -> Told:
    """Read a stored trial. What cannot be read is told on its page."""
    home, missing = site.run / "trials" / result.name, []

    def read(what: Any, default: Any) -> Any:
        try:
            return what()
        except RunError as error:
            missing.append(str(error))
            return default

    log = home / "error.txt"
    return Told(
        site=site,
        result=result,
        events=read(lambda: read_events(home / "events.jsonl"), []),
        hand_ins=read(lambda: read_hand_ins(home), []),
        calls=read(lambda: read_calls(home / "models" / "ledger.jsonl"), []),
        trajectory=read(lambda: read_trajectory(home), None),
        error_log=log.read_text(errors="replace") if log.exists() else "",
        missing=missing,
    )
