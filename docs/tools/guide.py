"""Builds the guide into site/ and holds it to its promises: `make docs`.

Zensical makes the pages. Then each of them is looked at as a reader gets it: every link, anchor and image leads
somewhere, every page is in the navigation, nothing is loaded from another server. Links to files of the repository
become links to where the repository is on GitHub when a workflow builds the guide there, else plain text.

    .venv/bin/python docs/tools/guide.py --external
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import markdown
from cli_reference import reference
from pages import Page, is_remote, read_page, split

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "zensical.toml"
_BESIDE = sorted(ROOT.glob("*.md"))


def main() -> int:
    """Build, check, and only then replace what was there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--external", action="store_true", help="list the links that lead elsewhere; none is followed")
    parser.add_argument("--check", action="store_true", help="write nothing into docs/")
    parser.add_argument("--to", type=Path, default=ROOT / "site", metavar="FOLDER", help="default: site/")
    arguments = parser.parse_args()
    if not arguments.check:
        (ROOT / "docs" / "cli.md").write_text(reference(), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="relaybench-docs-") as scratch:
        site = build(Path(scratch))
        problems = [*problems_of(site), *outside_the_navigation()]
        link_sources(site, address_of_sources(os.environ))
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            return 1
        if arguments.external:
            print(*external(site), sep="\n")
        shutil.rmtree(arguments.to, ignore_errors=True)
        shutil.copytree(site, arguments.to)
    print(f"the guide: {arguments.to / 'index.html'}", file=sys.stderr)
    return 0


def build(scratch: Path) -> Path:
    """The site, made in a folder of its own: a build that fails leaves the last one alone."""
    shutil.copytree(ROOT / "docs", scratch / "docs")
    shutil.copy(ROOT / CONFIG, scratch)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"zensical ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return scratch / "site"


def problems_of(site: Path) -> Iterator[str]:
    """What a reader would run into."""
    pages = read_pages(site)
    for path, page in pages.items():
        for load in page.loads:
            if is_remote(load):
                yield f"{path}: loads {load} from another server"
            elif not (site / path.parent / split(load)[0]).is_file():
                yield f"{path}: {load}: there is no such file"
        for link in page.links:
            if not is_remote(link) and (why := _broken(site, pages, path, link)):
                yield f"{path}: {link}: {why}"
    for sheet in sorted(site.rglob("*.css")):
        for address in re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text()):
            yield f"{sheet.relative_to(site)}: loads {address} from another server"


def read_pages(site: Path) -> dict[Path, Page]:
    """Every page by its path below the site. The one for what is not found is served from everywhere: left out."""
    found = (path for path in sorted(site.rglob("*.html")) if path.name != "404.html")
    return {path.relative_to(site): read_page(path.read_text(encoding="utf-8")) for path in found}


def _broken(site: Path, pages: Mapping[Path, Page], here: Path, link: str) -> str:
    path, anchor = split(link)
    target = Path(os.path.normpath(here.parent / path)) if path else here
    if target == Path():
        target = Path("index.html")
    if target.parts[0] == "..":
        return "" if source_of(link) else "there is no such file in the repository"
    if not (site / target).is_file():
        return "there is no such page"
    return "" if not anchor or anchor in pages[target].anchors else "there is no such heading"


def source_of(link: str) -> Path | None:
    """The file or folder of the repository that a link out of the guide leads to. Zensical takes each .md for a page of
    the guide's, which it would call .html."""
    path = split(link)[0]
    for name in (path, re.sub(r"\.html$", ".md", path), re.sub(r"index\.html$", "README.md", path)):
        found = ROOT / os.path.normpath(Path("docs") / name)
        if found.exists():
            return found.relative_to(ROOT)
    return None


def address_of_sources(env: Mapping[str, str]) -> str:
    """Where a workflow's sources lie, "" elsewhere: the guide does not know where the repository lives."""
    if "GITHUB_REPOSITORY" not in env:
        return ""
    return f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}/blob/{env['GITHUB_SHA']}/"


def link_sources(site: Path, address: str) -> None:
    """Turn links out of the guide into links to `address`, or into plain text."""
    for path, page in read_pages(site).items():
        text = (site / path).read_text(encoding="utf-8")
        for link in page.links:
            if not is_remote(link) and os.path.normpath(path.parent / split(link)[0]).startswith(".."):
                anchor = f"#{split(link)[1]}" if split(link)[1] else ""
                now = rf'<a href="{address}{source_of(link)}{anchor}">\1</a>' if address else r"\1"
                text = re.sub(f'<a href="{re.escape(link)}">(.*?)</a>', now, text)
        (site / path).write_text(text, encoding="utf-8")


def outside_the_navigation(root: Path = ROOT) -> Iterator[str]:
    """Pages that nobody would find."""
    listed = set(_pages_in(tomllib.loads((root / CONFIG).read_text(encoding="utf-8"))["project"]["nav"]))
    for page in sorted((root / "docs").glob("**/*.md")):
        if page.relative_to(root / "docs").as_posix() not in listed:
            yield f"{page.relative_to(root)}: not in the navigation ({CONFIG}, `nav`)"


def _pages_in(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from _pages_in(part)


def external(site: Path) -> list[str]:
    """Where links of the guide and of the pages beside it lead elsewhere, each once."""
    beside = (read_page(markdown.markdown(path.read_text(encoding="utf-8"), extensions=["tables"])) for path in _BESIDE)
    return sorted({link for page in (*read_pages(site).values(), *beside) for link in page.links if is_remote(link)})


if __name__ == "__main__":
    sys.exit(main())
