"""The pages of a run as a whole, by address: for writing them all, and for a server that is asked for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from evaluator.report.site import addresses
from evaluator.report.site.agents import agent
from evaluator.report.site.overview import overview
from evaluator.report.site.pairs import chooser, pair, pairs
from evaluator.report.site.site import Site
from evaluator.report.site.tasks import task
from evaluator.report.site.trials import pages_of, trials


def whole_pages(site: Site) -> Iterator[tuple[str, str]]:
    """Every page but those of trials, with its address."""
    for address, make in makers(site).items():
        yield address, make()


def makers(site: Site) -> dict[str, Callable[[], str]]:
    """What makes each of these pages."""
    return {
        addresses.INDEX: partial(overview, site),
        addresses.COMPARE: partial(chooser, site),
        **{addresses.trials(number): partial(trials, site, number) for number in range(1, 1 + pages_of(site))},
        **{addresses.agent(name): partial(agent, site, name) for name in site.by_agent},
        **{addresses.task(name): partial(task, site, name) for name in site.by_task},
        **{addresses.pair(a, b): partial(pair, site, a, b) for a, b in pairs(site)},
    }
