"""The list of trials, to be looked through by agent, task and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from evaluator.evidence import TrialResult
from evaluator.report.site import addresses
from evaluator.report.site.site import Site

MOST_ROWS = 500  # of one page: some 450 KB, with long names twice that
OUTCOMES = {
    "solved": "every round strict",
    "partly": "some rounds strict",
    "failed": "no round strict",
    "flagged": "flagged",
    "broken": "infrastructure errors",
    "arm": "comparison arms",
}


@dataclass(frozen=True)
class Query:
    """What of the list is wanted; "" is anything."""

    agent: str = ""
    task: str = ""
    outcome: str = ""

    def takes(self, one: TrialResult) -> bool:
        """Whether a trial is wanted."""
        return (
            self.agent in ("", one.agent)
            and self.task in ("", one.task)
            and (not self.outcome or self.outcome in outcomes(one))
        )


def pages_of(site: Site, query: Query = Query(), most: int = MOST_ROWS) -> int:
    """How many pages of at most so many rows the list of the trials has that `query` takes."""
    return max(1, -(-sum(map(query.takes, site.trials.values())) // most))


def trials(site: Site, number: int = 1, query: Query = Query(), most: int = MOST_ROWS) -> str:
    """Page `number` of the trials that `query` takes."""
    everything = list(site.trials.values())
    wanted = everything if query == Query() else [one for one in everything if query.takes(one)]
    rows = wanted[(number - 1) * most : number * most]
    return site.page(
        "trials.html",
        addresses.trials(number),
        "Trials",
        rows=[(one, outcomes(one)) for one in rows],
        rounds=site.findings.rounds,
        agents=list(site.by_agent),
        tasks=list(site.by_task),
        outcomes=OUTCOMES,
        query=query,
        matching=len(wanted),
        number=number,
        pages=max(1, -(-len(wanted) // most)),
        query_text=_text(query),
    )


def outcomes(one: TrialResult) -> Sequence[str]:
    """Under which of `OUTCOMES` a trial is found."""
    if one.outcome != "completed":
        return ("broken",)
    strict = sum(round_.strict for round_ in one.rounds)
    kind = "solved" if strict == len(one.rounds) else "partly" if strict else "failed"
    return (kind, *(("flagged",) if one.flags else ()), *(("arm",) if one.arm else ()))


def _text(query: Query) -> str:
    asked = {key: value for key, value in vars(query).items() if value}
    return f"?{urlencode(asked)}" if asked else ""
