"""The pictures of the guide and the README, taken from a report's pages in a browser.

    .venv/bin/python docs/tools/example_run.py runs/example --jobs 2      # an hour; needs a Docker engine
    .venv/bin/python docs/tools/pictures.py runs/example

Needs a Chromium (CHROMIUM names it, default /usr/bin/chromium). Look at each picture before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from evaluator.report.site.write import write_site

IMAGES = Path(__file__).resolve().parents[1] / "images"
WIDTH, SCALE = 1120, 1.4
MOST = 200_000  # bytes


@dataclass(frozen=True)
class Picture:
    """What is seen between the tops of two elements, or until `height` pixels below the first."""

    name: str
    page: str
    first: str
    until: str = ""
    height: int = 0


PICTURES = (
    Picture("overview", "index.html", "header", until="section[aria-labelledby=shape]"),
    Picture("curves", "index.html", "section[aria-labelledby=shape]", until="section[aria-labelledby=insights]"),
    Picture("trial", "trials/persistent--paytrain--1/index.html", "header", height=992),
    Picture("diff", "trials/careful--keyring--1/diff-1-fix.html", "#file-4", height=560),
    Picture("task", "tasks/keyring.html", "header", height=700),
)


def main() -> int:
    """Every picture, or those that are named after the run."""
    run, *names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_site([Path(run)], Path(folder) / "pages")
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        view = {"width": WIDTH, "height": 900}
        page = browser.new_page(viewport=view, device_scale_factor=SCALE, color_scheme="light")
        taken = [take(page, Path(folder) / "pages", one) for one in PICTURES if one.name in names or not names]
        browser.close()
    large = [path for path in taken if path.stat().st_size > MOST]
    for path in taken:
        print(f"{path.name}: {path.stat().st_size // 1000} KB{', too large' if path in large else ''}")
    return 1 if large else 0


def take(page: Page, site: Path, picture: Picture) -> Path:
    """One picture, in docs/images/."""
    page.goto((site / picture.page).as_uri())
    top = _top(page, picture.first)
    bottom = _top(page, picture.until) - 16 if picture.until else top + picture.height
    clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}
    target = IMAGES / f"{picture.name}.png"
    page.screenshot(path=target, full_page=True, clip=clip)
    return target


def _top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    if box is None:
        raise SystemExit(f"{page.url}: nothing there is {selector}; the pages have changed, so must this.")
    return max(0, box["y"] - (8 if selector != "header" else 0))


if __name__ == "__main__":
    sys.exit(main())
