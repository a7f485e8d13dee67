"""The page of a trial that is still running: what was said and done so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaluator.evidence import Event
from evaluator.report.site import addresses
from evaluator.report.site.site import Site
from evaluator.report.site.trial.conversation import conversation
from evaluator.report.site.trial.timeline import timeline

if TYPE_CHECKING:
    from harness.gateway import Call


def running(site: Site, name: str, events: Sequence[Event], calls: Sequence[Call], live: str) -> str:
    """The page, as of now: a state that is called `live`."""
    return site.page(
        "running.html",
        addresses.trial(name),
        name,
        name=name,
        conversation=conversation(events),
        timeline=timeline(events, calls),
        calls=calls,
        live=live,
    )
