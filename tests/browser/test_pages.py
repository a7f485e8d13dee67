"""Every kind of page, at three widths, by day and by night: quiet, still, within its width, open to everybody."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

from evaluator.report.site.write import write_site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDTHS = (375, 1024, 1600)
KINDS = {
    "overview": "index.html",
    "trials": "trials.html",
    "compare": "compare.html",
    "two trials": "compare.html#codex--tally--1&hasty--tally--1",
    "agent": "agents/codex.html",
    "agent without a trial": "agents/unlucky.html",
    "task": "tasks/tally.html",
    "two agents": "compare/hasty~~codex.html",
    "trial": "trials/hasty--tally--1/index.html",
    "arm": "trials/codex--tally--1+from2/index.html",
    "broken trial": "trials/unlucky--tally--1/index.html",
    "change": "trials/codex--tally--1/diff-2-feature.html",
    "steps": "trials/codex--tally--1/steps-1.html",
    "calls": "trials/codex--tally--1/calls-1.html",
}
# All of axe's rules (WCAG 2 A and AA, best practices). It is not to ask for style sheets, which it can see, nor to talk
# to frames, which hold pages that are looked at by themselves: both break the pages' policy.
RULES = {"resultTypes": ["violations"], "preload": False, "iframes": False}
OPENED = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest(".scroll"))
    .map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`).slice(0, 5).concat("scrolls");
}"""


def violations(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [(node["target"], node["html"][:120]) for node in one["nodes"]][:3]) for one in found]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_as_it_should_be(kind, scheme, report, browse):
    home = f"file://{report}"
    page = browse(scheme=scheme, home=home)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{home}/{KINDS[kind]}")
        assert page.evaluate("window.shifts") == [], width
        assert page.evaluate(TOO_WIDE) == [], width
        page.evaluate(OPENED)
        assert page.evaluate(TOO_WIDE) == [], width
        assert violations(page) == [], width
    assert page.noted == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_from_the_viewer_is_too(kind, viewer, browse):
    page = browse(home=viewer)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{viewer}/{KINDS[kind]}")
        assert page.evaluate("window.shifts") == [], width
        page.evaluate(OPENED)
        assert page.evaluate(TOO_WIDE) == [], width
    assert violations(page) == []
    assert page.noted == []


def test_the_page_over_all_runs_is_too(run, browse, serve, tmp_path, follow):
    again = shutil.copytree(run, tmp_path / "again")
    write_site([run, again], tmp_path / "report")
    with serve(run, again) as viewer:
        for home in (f"file://{tmp_path / 'report'}", viewer):
            page = browse(375, home=home)
            page.goto(f"{home}/index.html")
            assert page.evaluate(TOO_WIDE) == violations(page) == []
            follow(page, "made")
            follow(page, "relaybench")
            assert page.get_by_role("heading", level=1).inner_text() == "Runs"
            assert page.noted == []


def test_pages_look_by_night_other_than_by_day(report, browse):
    colours = []
    for scheme in ("light", "dark"):
        page = browse(scheme=scheme)
        page.goto(f"file://{report}/index.html")
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(251, 250, 247)", "rgb(21, 23, 27)"]
