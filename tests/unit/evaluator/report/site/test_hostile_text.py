"""Whatever text stands wherever an agent can put one: it is text, and nothing comes of it."""

import re
from pathlib import Path

import html5lib
import pytest
from hostile_trial import (
    WORDS,
    hostile_call,
    hostile_events,
    hostile_grade,
    hostile_patch,
    hostile_result,
    hostile_trajectory,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from read_pages import faults, read_page

from evaluator.report.findings import find
from evaluator.report.site.runs import runs_page
from evaluator.report.site.site import Site
from evaluator.report.site.trial.pages import makers
from evaluator.report.site.trial.running import running
from evaluator.report.site.trial.told import Told
from evaluator.report.site.whole import whole_pages
from evaluator.run.folder import RunInfo, TaskRef
from evaluator.run.stored_trial import StoredHandIn


def written(word):
    """Every kind of page of a run in which everything is `word`."""
    results = [
        hostile_result(word), hostile_result(word, attempt=2), hostile_result(word, agent=word + "2"),
        hostile_result(word, attempt=3, outcome="infrastructure_error", error=word, scores={}, rounds=()),
        hostile_result(word, variant="clear"),
    ]  # fmt: skip
    info = RunInfo(
        id=word, created=word, agents=(word,), tasks=(TaskRef(id=word, version=1, digest=word, folder=word),),
        attempts=3, deadline_scale=1, sandbox=word, model=word, versions={"relaybench": word}, machine={word: word},
    )  # fmt: skip
    site = Site(find(Path("/nowhere"), info, results), live="1", running=(word,))
    hand_ins = [
        StoredHandIn(f"{n}-{word}", hostile_grade(word, n, k), hostile_patch(word)) for n in (1, 2) for k in (1, 2)
    ]
    pages = dict(whole_pages(site))
    for result in (results[0], results[3]):
        events, calls = hostile_events(word), [hostile_call(word, n) for n in (1, 2)]
        told = Told(site, result, events, hand_ins, calls, hostile_trajectory(word + "\ud800"), word, [word])
        pages |= {address: make() for address, make in makers(told).items() if address.endswith(".html")}
    pages["running.html"] = running(site, word, hostile_events(word), [hostile_call(word)], "1")
    pages["runs.html"] = runs_page([site], ["index.html"], live="1")
    return {address: text.encode(errors="replace").decode() for address, text in pages.items()}


def skeleton(text):
    return [tuple(part for part in tag if part != "open") for tag in read_page(text).skeleton]


@pytest.fixture(scope="session")
def plain():
    """What the pages are made of where everything is called x."""
    return [skeleton(text) for text in written("x").values()]


@settings(max_examples=4)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=60))
@example("<b a='\"&")
@example("\r\n\t\x00\x1b[31m\u202e")
@example("--!><!--]]>")
def test_no_element_and_no_attribute_comes_of_any_text(plain, word):
    pages = written(word)
    assert [fault for text in pages.values() for fault in read_page(text).faults] == []
    assert [skeleton(text) for text in pages.values()] == plain


@pytest.mark.parametrize("word", ["\n".join(WORDS), *WORDS[:4], *WORDS[9:11]], ids=range(7))
def test_hostile_words_stay_words(word):
    for address, text in written(word).items():
        found = read_page(text)
        assert found.faults == [], address
        assert "1234321" not in text, address
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]", text), address
        assert not [link for link in found.links if link.startswith(("http", "//", "javascript", "data", "/"))], address


def test_links_of_hostile_names_lead_where_they_should():
    pages = written('"><script>alert(1)</script>/../..')
    elsewhere = {"running.html", "runs.html"}
    others = frozenset(f"assets/{name}" for name in ("site.css", "site.js", "theme.js", "follow.js", "icon.svg"))
    known = {address: text for address, text in pages.items() if address not in elsewhere}
    found = [fault for fault in faults(known, others) if "leads nowhere" not in fault or "trials/" not in fault]
    assert found == []


@pytest.mark.parametrize("word", [WORDS[1], WORDS[2] + WORDS[10]], ids=range(2))
def test_a_browsers_own_parser_has_nothing_to_repair(word):
    for text in written(word).values():
        html5lib.HTMLParser(strict=True).parse(text)
