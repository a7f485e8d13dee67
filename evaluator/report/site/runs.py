"""The page over several runs."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.report.site import addresses
from evaluator.report.site.page import page
from evaluator.report.site.site import Site

BEST = 3


def runs_page(sites: Sequence[Site], links: Sequence[str], *, live: str = "") -> str:
    """All runs, newest first; `links` lead to the first page of each."""
    rows = [
        {"info": site.findings.info, "summary": site.findings.summary, "address": link, "best": _best(site)}
        for site, link in zip(sites, links, strict=True)
    ]
    rows.sort(key=lambda row: row["info"].created, reverse=True)  # type: ignore[attr-defined]
    return page("runs.html", addresses.INDEX, live=live, title="Runs", rows=rows)


def _best(site: Site) -> list[tuple[str, float]]:
    scored = [(name, entry["scores"].get("composite")) for name, entry in site.agents.items()]
    return [(name, found["mean"]) for name, found in scored if found][:BEST]
