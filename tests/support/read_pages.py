"""Written pages, read as a strict reader would: what they link to, what they load, what could run in them."""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

VOID = {"meta", "link", "br", "hr", "img", "input"}
LINKS = {"href", "src", "action"}
NEVER = {"srcdoc", "srcset", "xlink:href", "formaction", "ping", "poster", "data", "cite", "background"}
SCRIPTS = {"theme.js", "site.js", "follow.js"}


@dataclass
class Page:
    """`skeleton` is every tag with its attributes' names; `text` all that a reader sees."""

    skeleton: list[tuple[str, ...]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    text: str = ""


@functools.lru_cache(maxsize=2_000)
def read_page(html: str) -> Page:
    """The page, with what is wrong with it in `faults`. Not to be changed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.page
    page.faults += [f"<{tag}> is not closed" for tag in reader.open]
    page.faults += [f"the id {name!r} stands {times} times" for name, times in Counter(page.ids).items() if times > 1]
    return page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page, given = self.page, {name: value or "" for name, value in attrs}
        page.skeleton.append((tag, *(name for name, _ in attrs)))
        if len(given) != len(attrs):
            page.faults.append(f"<{tag}> has an attribute twice: {attrs}")
        if tag == "style" or "style" in given:
            page.faults.append(f"<{tag}> has a style of its own")
        if tag == "script" and given.get("type") != "application/json":
            name = PurePosixPath(given.get("src", "")).name
            if name not in SCRIPTS:
                page.faults.append(f"a script of its own: {given}")
        page.faults += [f"<{tag} {name}>" for name in given if name.startswith("on") or name in NEVER]
        page.ids += [given["id"]] if "id" in given else []
        page.links += [value for name, value in given.items() if name in LINKS]
        if tag == "meta":
            page.metas[given.get("http-equiv") or given.get("name", "")] = given.get("content", "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.page.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "script":
            self.page.text += data
        elif "<" in data:
            self.page.faults.append("data with a < in it")

    def handle_comment(self, data: str) -> None:
        self.page.faults.append(f"a comment: {data[:40]}")


def faults(site: Mapping[str, str], others: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong with the pages of a site, by their addresses; `others` are files that are no pages."""
    read = {address: read_page(text) for address, text in site.items()}
    for address, page in read.items():
        yield from (f"{address}: {fault}" for fault in page.faults)
        yield from (f"{address}: {fault}" for link in page.links for fault in _link_faults(address, link, read, others))


def _link_faults(address: str, link: str, read: Mapping[str, Page], others: frozenset[str]) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or link.startswith("/"):
        yield f"leads away: {link}"
        return
    target = os.path.normpath(PurePosixPath(address).parent / unquote(parts.path)) if parts.path else address
    if target not in read and target not in others:
        yield f"leads nowhere: {link}"
    elif parts.fragment and target in read and PurePosixPath(target).name != "compare.html":
        # (There it says which trials.)
        yield from () if unquote(parts.fragment) in read[target].ids else [f"leads to no place of that page: {link}"]


def read_site(folder: Path) -> tuple[dict[str, str], frozenset[str]]:
    """The pages in a folder by address, and the addresses of all other files."""
    files = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    pages = {name: file.read_text() for name, file in files.items() if name.endswith(".html")}
    return pages, frozenset(files.keys() - pages.keys())
