"""What browser tests share: the machine's own Chromium, a written report, a viewer, and eyes on what pages do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_run import FEW, make_run
from playwright.sync_api import sync_playwright

from evaluator.report.site.write import write_site

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It runs as root, in containers, and is to ask nobody for anything.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ABORTED = "net::ERR_ABORTED"  # by the reader, who went on
WATCHED = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const what = one.sources.map(({ node }) => node && (node.id || node.className || node.nodeName));
    if (!one.hadRecentInput) window.shifts.push(`${one.value.toFixed(4)} ${what}`);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


# For a module, not the session: an event loop runs in this thread as long as Playwright does, and a worker may go on to
# tests that need to start their own.
@pytest.fixture(scope="module")
def chromium():
    """A browser. Without one on the machine: skipped, but a failure in CI."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing = f"There is no browser: none of {', '.join(NAMES)} is on the PATH."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """A finished run. Not to be changed."""
    return make_run(tmp_path_factory.mktemp("made") / "made", cast=FEW, attempts=2, control=True)


@pytest.fixture(scope="session")
def report(run, tmp_path_factory) -> Path:
    """Its written report."""
    folder = tmp_path_factory.mktemp("written") / "report"
    write_site([run], folder)
    return folder


@pytest.fixture(scope="session")
def serve():
    """Starts the viewer: `with serve(run) as address`."""

    @contextmanager
    def served(*runs):
        command = [Path(sys.executable).with_name("relaybench"), "view", *runs, "--port", "0", "--no-open"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield re.match(r"(http://\S+)/", process.stdout.readline())[1]
            finally:
                process.terminate()

    return served


@pytest.fixture(scope="session")
def viewer(serve, run):
    """The address of a viewer over it."""
    with serve(run) as address:
        yield address


@pytest.fixture(scope="session")
def follow():
    """Follows a link to where it leads: `follow(page, "Trials")`."""

    def followed(page, name):
        link = page.get_by_role("link", name=name).last if isinstance(name, str) else name
        with page.expect_navigation():
            link.click()

    return followed


@pytest.fixture
def browse(chromium):
    """Opens a window: `browse(width=375, scheme="dark")` is a page that notes in `.noted` whatever it should not do."""
    opened = []

    def window(width=1024, height=900, scheme="light", home="", **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
        opened.append(context)
        if options.get("java_script_enabled", True):
            context.add_init_script(WATCHED)
        page = context.new_page()
        page.noted = noted = []
        page.on("console", lambda said: noted.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: noted.append(f"error: {error}"))
        page.on("requestfailed", lambda one: None if one.failure == ABORTED else noted.append(f"failed: {one.url}"))
        page.on("request", lambda one: None if one.url.startswith(home) else noted.append(f"asked for {one.url}"))
        page.on("dialog", lambda dialog: noted.append(f"dialog: {dialog.message}") or dialog.dismiss())
        return page

    yield window
    for context in opened:
        context.close()
