"""Where each page of a run lies: the same relative addresses on disk and on a server."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import count

INDEX = "index.html"
COMPARE = "compare.html"
TRIAL = "trials/{}/index.html"


def places(ids: Sequence[str]) -> list[str]:
    """The folder of each run where there are several: called like the run, told apart where that is taken."""
    found: list[str] = []
    for name in map(slug, ids):
        taken = {"assets", "events", INDEX, *found}
        found.append(next(place for n in count(1) if (place := name if n == 1 else f"{name}~{n}") not in taken))
    return found


def trials(page: int = 1) -> str:
    """A page of the list of trials."""
    return "trials.html" if page == 1 else f"trials-{page}.html"


def agent(name: str) -> str:
    """An agent's page."""
    return f"agents/{slug(name)}.html"


def task(name: str) -> str:
    """A task's page."""
    return f"tasks/{slug(name)}.html"


def pair(a: str, b: str) -> str:
    """Two agents side by side."""
    return f"compare/{slug(a)}~~{slug(b)}.html"  # which no name holds, as "--" may


def trial(name: str) -> str:
    """A trial's first page."""
    return TRIAL.format(slug(name))


def diff(name: str, round_slug: str, hand_in: int | None = None) -> str:
    """The change of a round: as it was in the end, or at an earlier hand-in."""
    return f"trials/{slug(name)}/diff-{slug(round_slug)}" + (f"-try-{hand_in}" if hand_in else "") + ".html"


def steps(name: str, page: int = 1) -> str:
    """A page of a trial's trajectory."""
    return f"trials/{slug(name)}/steps-{page}.html"


def output(name: str, step: int, number: int) -> str:
    """A tool's whole output, where a page of the trajectory shows only its ends."""
    return f"trials/{slug(name)}/output-{step}-{number}.txt"


def calls(name: str, page: int = 1) -> str:
    """A page of a trial's model calls."""
    return f"trials/{slug(name)}/calls-{page}.html"


def root(address: str) -> str:
    """What leads from a page back to the run's folder."""
    return "../" * address.count("/")


def slug(name: str) -> str:
    """`name` as one part of a path, whatever is in it: plain names stay, others are told apart by a hash."""
    safe = re.sub(r"[^A-Za-z0-9._+-]", "_", name)[:120].lstrip(".") or "_"
    return safe if safe == name else f"{safe}~{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"
