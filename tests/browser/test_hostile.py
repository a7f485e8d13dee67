"""A run whose agents put into every text they can choose what could do harm: it lies there, and does nothing."""

import json
import re

import pytest
from hostile_trial import WORDS, hostile_result, hostile_trajectory, store_hostile

from evaluator.report.site import addresses
from evaluator.report.site.trial.diffs import MOST
from evaluator.report.site.write import write_site
from evaluator.run.folder import RunFolder, RunInfo, TaskRef

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]
EVERYTHING = "\n".join(WORDS)
AGENTS = (
    '"><img src=x onerror=window.canary=1>', "' onfocus=window.canary=2 autofocus x='", "{{1111*1111}}", "__proto__",
    "\u202egnp.exe", "a b&c=d#e?f", "<script>window.canary=3<\u2215script>",
)  # fmt: skip
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
STATE = """() => {
  const all = [...document.querySelectorAll("*")], width = document.documentElement.clientWidth;
  const attributes = all.flatMap((one) => [...one.attributes]);
  const linked = [...document.querySelectorAll("[href], [src], [action]")];
  const links = linked.map((one) => one.href || one.src || one.action);
  const scripts = [...document.scripts].map((one) => one.src || one.type);
  const right = (one) => one.getBoundingClientRect().right;
  return {
    canary: window.canary,
    scripts: scripts.filter((one) => !one.includes("/assets/")),
    handlers: attributes.filter(({ name }) => /^on|^style$|srcdoc/.test(name)).length,
    away: links.filter((one) => typeof one === "string" && !one.startsWith(`${location.protocol}//${location.host}`)),
    text: document.documentElement.outerHTML,
    wide: document.documentElement.scrollWidth <= width ? [] : all
      .filter((one) => right(one) > width + 1 && !one.closest(".scroll")).map((one) => one.outerHTML.slice(0, 80)),
  };
}"""


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """The run's folder."""
    home = tmp_path_factory.mktemp("hostile") / "run"
    info = RunInfo(
        id="hostile", created="2026-01-01T00:00:00+00:00", agents=AGENTS, attempts=2, deadline_scale=1,
        tasks=(TaskRef(id="t", version=1, digest="0" * 64, folder="../../../etc"),), sandbox=EVERYTHING,
        model=EVERYTHING, versions={"relaybench": EVERYTHING}, machine={},
    )  # fmt: skip
    with RunFolder(home) as folder:
        folder.write_info(info)
    for agent in AGENTS:
        store_hostile(home, hostile_result(EVERYTHING, agent=agent, task="t"), EVERYTHING)
    big = store_hostile(home, hostile_result("x", agent="big", task="t"), EVERYTHING)
    steps = [hostile_trajectory(WORDS[n % len(WORDS)], 1)["steps"][0] for n in range(5_000)]
    output = "\x1b[31m<b>" * 1_300_000  # 10 MB
    steps[1]["observation"] = {"results": [{"source_call_id": WORDS[1], "content": output}]}
    (big / "trajectory.json").write_text(json.dumps({"steps": steps}))
    one = "diff --git a/%d/<b>.py b/%d/<b>.py\nnew file mode 100644\n@@ -0,0 +1 @@\n+<script>window.canary=9</script>\n"
    (big / "rounds/1-fix/diff.patch").write_text("".join(one % (n, n) for n in range(50_000)))
    (big / "rounds/2-fix/diff.patch").write_text("diff --git a/x b/x\n@@ -0,0 +1 @@\n+" + "W" * 10_000_000 + "\n")
    return home


@pytest.fixture(scope="session")
def written(hostile):
    """Its report, in a folder beside it."""
    folder = hostile.with_name("report")
    write_site([hostile], folder)
    return folder


def test_nothing_is_written_beside_the_report(written):
    assert sorted(path.name for path in written.parent.iterdir()) == ["report", "run"]
    assert not [path for path in written.rglob("*") if path.is_symlink()]
    names = {part for path in written.rglob("*") for part in path.relative_to(written).parts}
    assert all(re.fullmatch(r"[A-Za-z0-9_+~][A-Za-z0-9._+~-]*", name) for name in names)


def test_every_page_is_light_enough(written):
    sizes = {str(path.relative_to(written)): path.stat().st_size for path in written.rglob("*.html")}
    assert {address for address, size in sizes.items() if size > 1_000_000} <= {"trials/big--t--1/diff-1-fix.html"}
    assert max(sizes.values()) < 1.2 * MOST
    assert len([address for address in sizes if "steps" in address]) > 20


def look(page, address):
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = page.evaluate(STATE)
    assert found["canary"] is None
    assert found["scripts"] in ([], ["application/json"])
    assert found["handlers"] == 0
    assert found["away"] == []
    assert not UNSEEN.search(found["text"])
    assert found["wide"] == []
    assert "1234321" not in found["text"]
    assert page.noted == []


def test_from_disk_it_does_nothing(written, browse):
    page = browse(375, home=f"file://{written}/")
    found = sorted(str(path.relative_to(written)) for path in written.rglob("*.html"))
    whole = [address for address in found if not address.startswith("trials/")]
    one = [address for address in found if address.startswith(f"trials/{addresses.slug(AGENTS[0] + '--t--1')}/")]
    firsts = [address for address in found if address.startswith("trials/") and address.endswith("/index.html")]
    assert len(whole) > 30
    assert len(one) > 5
    for address in [*whole, *one, *firsts, "trials/big--t--1/steps-1.html", "trials/big--t--1/diff-2-fix.html"]:
        look(page, f"file://{written}/{address}")


def test_from_the_viewer_it_does_nothing_either(hostile, serve, browse):
    slug = addresses.slug(AGENTS[0] + "--t--1")
    with serve(hostile) as viewer:
        page = browse(1024, home=viewer)
        for address in (
            "index.html",
            "trials.html",
            "compare.html",
            f"trials/{slug}/index.html",
            f"trials/{slug}/steps-1.html",
        ):
            look(page, f"{viewer}/{address}")
        look(page, f"{viewer}/trials.html?agent=%22%3E%3Cscript%3Ewindow.canary=1%3C/script%3E")
        look(page, f"{viewer}/trials/big--t--1/diff-1-fix.html")
        whole = page.request.get(f"{viewer}/trials/big--t--1/output-2-1.txt")
        assert whole.headers["content-type"] == "text/plain; charset=utf-8"
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert len(whole.body()) < 1_000_000


def test_a_large_hostile_change_can_be_used(written, browse):
    page = browse(1600, home=f"file://{written}/")
    page.goto(f"file://{written}/trials/big--t--1/diff-1-fix.html")
    page.get_by_role("button", name="Side by side").click()
    assert page.evaluate("window.canary") is None
    assert page.get_by_text("would make this page too large").is_visible()
    assert page.locator("table.diff .add b").count() == 0
    assert page.noted == []


def test_hostile_names_can_be_chosen_and_filtered(written, browse):
    page = browse(1600, home=f"file://{written}/")
    page.goto(f"file://{written}/trials.html")
    for agent in AGENTS:
        shown = agent.encode("unicode_escape").decode() if not agent.isprintable() else agent
        page.get_by_label("Agent").select_option(value=shown)
        rows = page.locator("table.trials tbody tr:visible")
        assert rows.evaluate_all("(found) => found.map((row) => row.dataset.agent)") == [shown]
    page.goto(f"file://{written}/compare.html")
    page.locator("select[name=a]").select_option("__proto__--t--1")
    page.locator("select[name=b]").select_option(addresses.slug(AGENTS[0] + "--t--1"))
    for frame in page.frames[1:]:
        frame.wait_for_selector("h1")
        assert frame.evaluate("window.canary") is None
    assert page.noted == []
