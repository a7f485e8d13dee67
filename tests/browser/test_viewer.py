"""Pages from the viewer: they follow the run under the reader's eyes, and leave him where he was."""

import json
import shutil

import pytest

from evaluator.evidence import Message, TrialResult
from evaluator.run.folder import RunFolder

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WITHIN = 15_000  # ms


@pytest.fixture
def own(run, tmp_path):
    """A copy of the run, to be changed."""
    return shutil.copytree(run, tmp_path / "own")


@pytest.fixture
def live(own, serve, browse):
    """Opens a page of a viewer over it: `live("index.html")`. What it should not have done fails the test."""
    shown = []
    with serve(own) as viewer:

        def opened(address, **options):
            page = browse(home=viewer, **options)
            page.goto(f"{viewer}/{address}")
            shown.append(page)
            return page

        yield opened
        for page in shown:
            assert page.noted == []


@pytest.fixture
def again(own):
    """Stores one of its trials once more, as another attempt, by one rename."""

    def stored(name, attempt):
        source = own / "trials" / name
        result = TrialResult.model_validate_json((source / "result.json").read_bytes())
        result = result.model_copy(update={"attempt": attempt})
        partial = shutil.copytree(source, own / "trials" / f".partial-{result.name}.done")
        (partial / "result.json").write_text(json.dumps(result.model_dump(mode="json")))
        partial.rename(own / "trials" / result.name)
        return result.name

    return stored


def agents(page):
    return page.locator("tr[data-agent]").evaluate_all("(all) => all.map((row) => row.dataset.agent)")


def test_a_page_shows_a_trial_that_is_stored_meanwhile_and_stays_where_it_is(live, again, soon):
    page = live("agents/codex.html", height=400)
    trials = page.locator("main .facts")
    assert trials.inner_text().startswith("2 trials")
    page.evaluate("scrollTo({ top: 300, behavior: 'instant' })")
    link = page.get_by_role("link", name="All of its trials")
    link.evaluate("(one) => one.focus({ preventScroll: true })")
    page.evaluate("window.same = true")
    again("codex--tally--1", 3)
    assert soon(lambda: page.locator("main .facts").inner_text().startswith("3 trials"))
    assert page.evaluate("window.same && scrollY") == 300
    assert link.evaluate("(one) => one === document.activeElement")


def test_what_was_open_stays_open(live, again, soon):
    page = live("index.html")
    page.get_by_text("rounds that were not strict").click()
    opened = page.locator("details").first
    before = opened.locator("li").count()
    again("hasty--tally--1", 3)
    assert soon(lambda: opened.locator("li").count() > before)
    assert opened.evaluate("(one) => one.open")


def test_a_list_is_asked_for_without_losing_ones_place(live, soon, follow):
    page = live("trials.html")
    everything = page.locator("table.trials tbody tr").count()
    field = page.get_by_label("Agent")
    field.focus()
    page.keyboard.type("hasty")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('tr[data-agent]')].every((row) => row.dataset.agent === 'hasty')"
    )
    found = page.locator("table.trials tbody tr").count()
    assert 0 < found < everything
    assert page.locator("output").inner_text() == f"{found} trials"
    assert field.evaluate("(one) => one === document.activeElement && one.value") == "hasty"
    assert page.url.endswith("trials.html?agent=hasty")
    follow(page, page.locator("table.trials tbody a").first)
    page.go_back()
    page.wait_for_url("**/trials.html?agent=hasty")
    assert page.locator("table.trials tbody tr").count() == found


def test_without_scripts_a_list_is_asked_for_by_a_button(live):
    page = live("trials.html", java_script_enabled=False)
    page.get_by_label("Agent").select_option("hasty")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**agent=hasty**")
    assert set(agents(page)) == {"hasty"}


def said(text, at):
    return Message(at=at, round=1, hand_in=1, kind="report", text=text)


def test_a_running_trial_is_followed_until_it_is_stored(live, own, again, follow):
    overview = live("index.html")
    with RunFolder(own) as folder:
        with folder.live("codex--tally--3") as note:
            note(said("it breaks", 1))
            overview.get_by_role("link", name="codex--tally--3").wait_for(timeout=WITHIN)
            follow(overview, "codex--tally--3")
            page = overview
            page.get_by_text("it breaks").wait_for()
            assert "Trial, running" in page.locator(".kind").inner_text().capitalize()
            note(said("and it <b>breaks</b> again", 2))
            page.get_by_text("and it <b>breaks</b> again").wait_for(timeout=WITHIN)
        page.get_by_text("This trial does not run any more").wait_for(timeout=WITHIN)
        assert page.get_by_text("it breaks", exact=True).is_visible()
        again("codex--tally--1", 3)
        page.get_by_role("heading", name="The score, number by number").wait_for(timeout=WITHIN)
        assert page.get_by_text("This trial does not run any more").count() == 0
        assert page.title().startswith("codex--tally--3")
    page.noted[:] = [line for line in page.noted if "404" not in line]  # the browser itself tells of it


def test_a_hidden_page_holds_no_connection_and_catches_up_when_it_is_seen_again(live, again, soon):
    page = live("agents/codex.html")
    assert soon(lambda: page.evaluate("listen.events?.readyState") == 1)
    hide = "Object.defineProperty(document, 'hidden', { value: %s, configurable: true });"
    page.evaluate(hide % "true" + "document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("listen.events.readyState") == 2
    again("codex--tally--1", 3)
    page.evaluate(hide % "false" + "document.dispatchEvent(new Event('visibilitychange'))")
    assert soon(lambda: page.locator("main .facts").inner_text().startswith("3 trials"))


def test_two_trials_side_by_side_are_left_alone(live, soon):
    page = live("compare.html#codex--tally--1&hasty--tally--1", width=1600)
    assert soon(lambda: len(page.frames) == 3)
    for frame in page.frames[1:]:
        frame.wait_for_selector("h1")
        assert frame.evaluate("typeof listen.events") == "undefined"
    assert page.evaluate("typeof listen.events") == "undefined"


def test_a_change_that_is_looked_at_side_by_side_stays_so(live, own):
    page = live("trials/reference--tally--1/diff-3-refactor.html", width=1600)
    page.get_by_role("button", name="Side by side").click()
    grade = own / "trials/reference--tally--1/rounds/3-refactor/diff.patch"
    grade.write_bytes(grade.read_bytes().replace(b"return total", b"return  total"))
    (own / "summary.json").touch()
    (own / "touched").touch()
    page.get_by_text("return  total").first.wait_for(timeout=WITHIN)
    assert page.locator("table.diff.split").count() > 0
