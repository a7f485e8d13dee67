"""What a reader does with pages: by keyboard, by mouse, without scripts, on paper."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TRIAL = "trials/codex--tally--1"
CHANGE = "trials/reference--tally--1/diff-3-refactor.html"


@pytest.fixture
def show(report, browse):
    """Opens a page of the report: `show("index.html", width=375)`. What it should not have done fails the test."""
    shown = []

    def opened(address, **options):
        home = f"file://{report}"
        page = browse(home=home, **options)
        page.goto(f"{home}/{address}")
        shown.append(page)
        return page

    yield opened
    for page in shown:
        assert page.noted == []


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim().slice(0, 40) || document.activeElement.name")


def rows(page):
    shown = page.locator("table.trials tbody tr:visible")
    return shown.evaluate_all("(found) => found.map((row) => row.dataset.agent)")


# By keyboard


def test_the_first_key_leads_past_the_head_of_the_page(show):
    page = show("index.html")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    assert page.get_by_text("Skip to the content").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_tab_key_goes_through_a_page_in_order_and_shows_where_it_is(show):
    page = show("trials.html")
    seen = []
    for _ in range(9):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("""() => {
          const one = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(one);
              const box = one.getBoundingClientRect();
          return [one.name || one.getAttribute("aria-label") || one.textContent.trim().split(/\\s/)[0],
                  outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, box.width > 0 && box.height > 0];
        }""")
        )
    assert [name for name, _, _ in seen] == [
        "Skip", "relaybench", "Overview", "Trials", "Compare", "Dark", "agent", "task", "outcome",
    ]  # fmt: skip
    assert all(ring and there for _, ring, there in seen)


def test_what_is_folded_opens_by_keyboard(show):
    page = show(f"{TRIAL}/index.html")
    folded = page.locator("details:not([open]) > summary").first.element_handle()
    folded.focus()
    page.keyboard.press("Enter")
    assert folded.evaluate("(one) => one.parentElement.open")
    page.keyboard.press("Space")
    assert not folded.evaluate("(one) => one.parentElement.open")


def test_a_wide_table_scrolls_by_keyboard(show, soon):
    page = show("index.html", width=800)
    region = page.get_by_role("region", name="Agents and their scores")
    region.focus()
    assert region.evaluate("(one) => one === document.activeElement")
    if region.evaluate("(one) => one.scrollWidth > one.clientWidth"):
        page.keyboard.press("ArrowRight")
        assert soon(lambda: region.evaluate("(one) => one.scrollLeft") > 0)


def test_a_list_is_filtered_by_keyboard(show):
    page = show("trials.html")
    everything = len(rows(page))
    page.get_by_label("Agent").focus()
    page.keyboard.type("codex")
    page.keyboard.press("Enter")
    assert set(rows(page)) == {"codex"}
    assert page.locator("output").inner_text() == f"{len(rows(page))} of {everything} here"
    assert focused(page) != ""


# Lists


def test_filters_work_together_and_stand_in_the_address(show):
    page = show("trials.html")
    page.get_by_label("Agent").select_option("hasty")
    assert set(rows(page)) == {"hasty"}
    both = len(rows(page))
    page.get_by_label("Outcome").select_option("arm")
    assert 0 < len(rows(page)) < both
    page.get_by_label("Agent").select_option("unlucky")
    assert rows(page) == []
    page.get_by_label("Outcome").select_option("broken")
    assert set(rows(page)) == {"unlucky"}
    assert page.url.endswith("trials.html?agent=unlucky&outcome=broken")
    page.reload()
    assert set(rows(page)) == {"unlucky"}
    assert page.get_by_label("Agent").input_value() == "unlucky"


def test_an_agents_page_leads_to_its_trials_and_back_leads_back(show, follow):
    page = show("agents/codex.html")
    follow(page, "All of its trials")
    assert set(rows(page)) == {"codex"}
    page.get_by_label("Outcome").select_option("arm")
    arms = rows(page)
    follow(page, page.locator("table.trials tbody tr:visible a").first)
    assert "arm from" in page.get_by_role("heading", level=1).inner_text()
    page.go_back()
    assert rows(page) == arms
    page.go_back()
    assert page.get_by_role("heading", level=1).inner_text() == "codex"
    page.go_forward()
    assert rows(page) == arms


def test_an_address_that_asks_for_nonsense_shows_everything(show):
    page = show("trials.html?agent=%3Cscript%3E&outcome=__proto__&task=%E0%A4%A")
    assert {"reference", "codex", "hasty", "unlucky"} == set(rows(page))


# Two trials


@pytest.fixture
def frames(soon):
    """The trials in the two frames of a page, once they are there."""

    def shown(page):
        assert soon(lambda: [frame.url for frame in page.frames if "/trials/" in frame.url][1:])
        for frame in page.frames[1:]:
            frame.wait_for_selector("h1")
        return [re.search(r"trials/([^/]+)/", frame.url)[1] for frame in page.frames[1:]]

    return shown


def test_two_trials_stand_side_by_side_by_address(show, frames):
    page = show("compare.html#codex--tally--1&hasty--tally--2", width=1600)
    assert frames(page) == ["codex--tally--1", "hasty--tally--2"]
    left, right = (one.bounding_box() for one in page.locator("iframe").all())
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert page.frames[1].locator(".top").is_hidden()


def test_on_a_narrow_screen_one_stands_below_the_other(show):
    page = show("compare.html#codex--tally--1&hasty--tally--2", width=375)
    above, below = (one.bounding_box() for one in page.locator("iframe").all())
    assert above["y"] + above["height"] <= below["y"]


def test_two_trials_are_chosen_and_the_address_says_which(show, frames):
    page = show("compare.html")
    assert page.locator("iframe").first.is_hidden()
    page.locator("select[name=a]").select_option("codex--tally--2")
    page.locator("select[name=b]").select_option("hasty--tally--1+from2")
    assert page.url.endswith("compare.html#codex--tally--2&hasty--tally--1+from2")
    assert frames(page) == ["codex--tally--2", "hasty--tally--1+from2"]
    page.reload()
    assert frames(page) == ["codex--tally--2", "hasty--tally--1+from2"]


def test_choosing_trials_leaves_no_steps_to_go_back_through(show, frames, follow):
    page = show("index.html")
    follow(page, "Compare")
    for name in ("codex--tally--2", "hasty--tally--1", "hasty--tally--2"):
        page.locator("select[name=a]").select_option(name)
    frames(page)
    page.go_back()
    assert page.url.endswith("index.html")


def test_a_trial_leads_to_itself_beside_another(show, frames, follow):
    page = show(f"{TRIAL}/index.html")
    follow(page, "beside another trial")
    assert page.locator("select[name=a]").input_value() == "codex--tally--1"
    assert frames(page)[0] == "codex--tally--1"


@pytest.mark.parametrize("fragment", ["%E0%A4%A", "nothing", "__proto__", "&&", "<script>"])
def test_an_address_without_such_trials_waits_for_a_choice(fragment, show):
    page = show(f"compare.html#{fragment}")
    assert page.locator("iframe").first.is_hidden()
    assert page.locator("select[name=a]").is_visible()


# Changes


def texts(page):
    return page.locator("table.diff tr").evaluate_all("(found) => found.map((row) => row.textContent)")


def test_colours_change_no_text(show):
    plain = texts(show(CHANGE, java_script_enabled=False))
    page = show(CHANGE)
    assert page.locator("table.diff .k").count() > 3
    assert texts(page) == plain


def test_side_by_side_and_back(show):
    page = show(CHANGE, width=1600)
    before = texts(page)
    page.get_by_role("button", name="Side by side").click()
    assert page.get_by_role("button", name="Side by side").get_attribute("aria-pressed") == "true"
    sides = page.locator("table.diff").evaluate_all(
        """(found) => found.map((table) => [1, 3].map((n) => [...table.rows]
          .filter((row) => row.className !== "at").map((row) => row.cells[n])
          .filter((cell) => cell.className !== "void").map((cell) => cell.textContent)))"""
    )
    files = page.locator("table.diff").count()
    assert files == len(sides) > 1
    plain = show(CHANGE, java_script_enabled=False)
    for n, (old, new) in enumerate(sides):
        lines = plain.locator("table.diff").nth(n)
        for kind, side in (("del", old), ("add", new)):
            wanted = lines.locator(f"tr.same, tr.{kind}").locator("td:last-child").all_text_contents()
            assert side == wanted
    widths = page.locator("table.diff tr:not(.at)").evaluate_all(
        "(rows) => rows.map((row) => [1, 3].map((n) => Math.round(row.cells[n].getBoundingClientRect().width)))"
    )
    assert all(abs(old - new) <= 1 for old, new in widths)
    page.get_by_role("button", name="In one column").click()
    assert texts(page) == before


def test_the_view_that_was_chosen_is_remembered_where_there_is_room(show, follow):
    page = show(CHANGE, width=1600)
    page.get_by_role("button", name="Side by side").click()
    follow(page, "1-fix")
    assert page.locator("table.diff.split").count() > 0
    assert page.evaluate("window.shifts") == []
    page.set_viewport_size({"width": 375, "height": 900})
    page.reload()
    assert page.locator("table.diff.split").count() == 0


def test_the_theme_that_was_chosen_is_remembered(show, follow):
    page = show("index.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    day = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    night = page.evaluate(paper)
    assert night != day
    follow(page, "Trials")
    assert page.evaluate(paper) == night
    page.get_by_role("button", name="Light").click()
    page.reload()
    assert page.evaluate(paper) == day


def test_a_link_to_a_place_is_not_hidden_below_what_stays_on_top(show):
    page = show(f"{TRIAL}/index.html", height=500, reduced_motion="reduce")
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Score").click()
    place = page.locator("#score").bounding_box()["y"]
    sticky = page.locator(".sections").bounding_box()
    assert sticky["y"] + sticky["height"] <= place + 1
    assert place < 200


# Without scripts, and on paper


@pytest.mark.parametrize(
    "address", ["index.html", "trials.html", f"{TRIAL}/index.html", CHANGE, f"{TRIAL}/steps-1.html"]
)
def test_without_scripts_a_page_says_the_same(address, show):
    def said(page):
        text = page.locator("main").evaluate("(one) => one.textContent")
        return re.sub(r"\s+", " ", text).replace("In one column Side by side", "")

    plain, full = show(address, java_script_enabled=False), show(address)
    assert said(plain) == said(full)
    assert plain.get_by_role("button").count() == 0  # nothing that does nothing
    assert plain.get_by_role("combobox").count() == 0


def test_without_scripts_agents_can_be_compared_and_trials_be_found(show, follow):
    plain = show("compare.html", java_script_enabled=False)
    assert plain.get_by_text("Two trials side by side need scripts").is_visible()
    assert plain.get_by_role("link", name="hasty and codex").is_visible()
    follow(plain, "all trials")
    assert len(rows(plain)) > 10


def test_on_paper_what_is_folded_is_there(show, soon):
    page = show(f"{TRIAL}/index.html")
    folded = page.locator("details:not([open]) > :not(summary)").first.element_handle()
    assert not folded.evaluate("(one) => one.checkVisibility({ contentVisibilityAuto: true })")
    page.emulate_media(media="print")
    assert soon(lambda: folded.evaluate("(one) => one.checkVisibility({ contentVisibilityAuto: true })"))
    assert folded.bounding_box()["height"] > 0
    assert page.get_by_role("navigation").count() <= 2
    assert page.locator("button.theme").is_hidden()
