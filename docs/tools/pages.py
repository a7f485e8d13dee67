"""What an HTML page refers to, and where that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

# Where a browser fetches from without being asked.
LOADS = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("video", "src")}


@dataclass
class Page(HTMLParser):
    """A page's anchors, what it loads, and where its links lead, each as it is written."""

    anchors: set[str] = field(default_factory=set)
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif value and (tag, name) in LOADS:
                self.loads.append(value)
            elif value and (tag, name) == ("a", "href"):
                self.links.append(value)


def read_page(html: str) -> Page:
    """A page's references."""
    page = Page()
    page.feed(html)
    return page


def is_remote(reference: str) -> bool:
    """Whether it names another place than the one the page came from."""
    parts = urlsplit(reference)
    return bool(parts.scheme or parts.netloc)


def split(reference: str) -> tuple[str, str]:
    """A relative reference's path and anchor."""
    parts = urlsplit(reference)
    return unquote(parts.path), unquote(parts.fragment)
