"""The list of trials, and the pages on which two are compared."""

import json
import re

import pytest
from read_pages import read_page

from evaluator.report.findings import find
from evaluator.report.site import trials as lists
from evaluator.report.site.pairs import MOST_PAIRS, chooser, pairs
from evaluator.report.site.site import Site, read_site
from evaluator.report.site.trials import Query, outcomes, trials
from evaluator.run.folder import read_info


@pytest.fixture
def site_of(store_run, make_trial):
    """The site of a run of these trials."""
    return lambda *results, **changes: read_site(store_run("listed", *results, **changes))


def names(text):
    return re.findall(r'data-agent="([^"]+)" data-task="([^"]+)"', text)


def test_a_trial_is_found_under_what_became_of_it(make_trial):
    assert outcomes(make_trial()) == ("solved",)
    assert outcomes(make_trial(strict=(True, False))) == ("partly",)
    assert outcomes(make_trial(strict=(False, False), flags=("canary",))) == ("failed", "flagged")
    assert outcomes(make_trial(broken=True)) == ("broken",)
    assert outcomes(make_trial(variant="clear")) == ("solved", "arm")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), 4), (Query(agent="a"), 3), (Query(task="u"), 1), (Query(agent="a", task="t"), 2),
        (Query(outcome="failed"), 1), (Query(outcome="broken"), 1), (Query(agent="a", outcome="broken"), 0),
        (Query(agent="<b>"), 0), (Query(outcome="nonsense"), 0),
    ],
)  # fmt: skip
def test_a_list_is_asked_for_as_one_wants_it(query, found, site_of, make_trial):
    site = site_of(
        make_trial("a"), make_trial("a", attempt=2, strict=(False,)), make_trial("b", broken=True), make_trial("a", "u")
    )
    page = trials(site, query=query)
    assert len(names(page)) == found
    assert ("No trial is like that" in page) == (found == 0)
    assert f"{found} trial{'s'[: found != 1]}</output>" in page


def test_a_long_list_has_pages_that_keep_what_was_asked(site_of, make_trial):
    site = site_of(*[make_trial("a b", attempt=n) for n in range(1, 12)], make_trial("c"))
    page = trials(site, 2, Query(agent="a b"), 5)
    assert len(names(page)) == 5
    assert [link for link in read_page(page).links if "agent=" in link] == [
        "trials.html?agent=a+b", "trials-2.html?agent=a+b", "trials-3.html?agent=a+b",
    ]  # fmt: skip
    assert len(names(trials(site, 3, Query(agent="a b"), 5))) == 1


def test_a_full_page_of_long_names_is_light_enough(make_trial, made):
    results = [make_trial("a" * 60, "t" * 60 + str(n), flags=("protected_path",)) for n in range(lists.MOST_ROWS)]
    page = trials(Site(find(made, read_info(made), results)))
    assert len(names(page)) == lists.MOST_ROWS
    assert len(page) < 1_000_000


def choices(page):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)[1])


def test_trials_are_offered_by_task(site_of, make_trial):
    page = chooser(site_of(make_trial("a"), make_trial("b"), make_trial("a", "u")))
    assert choices(page) == {"t": ["a--t--1", "b--t--1"], "u": ["a--u--1"]}


def test_an_odd_name_is_offered_as_it_can_be_seen(site_of, make_trial):
    ((label, slug),) = choices(chooser(site_of(make_trial("a\u202eb"))))["t"]
    assert label == r"a\u202eb--t--1"
    assert re.fullmatch(r"a_b--t--1~[0-9a-f]{8}", slug)


def test_agents_that_share_no_trial_cannot_be_compared(site_of, make_trial):
    site = site_of(make_trial("a"), make_trial("b", "u"), make_trial("c", broken=True))
    assert pairs(site) == []
    assert "No two agents completed the same attempt" in chooser(site)


def test_of_many_agents_the_best_are_paired(site_of, make_trial):
    site = site_of(*[make_trial(f"a{n:02}", score=n / 20) for n in range(20)])
    found = pairs(site)
    assert len(found) == MOST_PAIRS
    assert {name for pair in found for name in pair} == {f"a{n:02}" for n in range(8, 20)}


def test_two_agents_side_by_side(written):
    pages, _ = written
    found = read_page(pages["compare/hasty~~codex.html"])
    assert "hasty (A) and codex (B)" in found.text
    assert "../compare.html#hasty--tally--1&codex--tally--1" in found.links
