"""Writes the pages of runs into a folder: whole, without a server, to be opened from disk or put on any."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from evaluator.report.site import addresses
from evaluator.report.site.runs import runs_page
from evaluator.report.site.site import Site, read_site
from evaluator.report.site.trial.pages import pages
from evaluator.report.site.whole import whole_pages
from evaluator.run.folder import DiskError, RunError

MANY = 40  # trials from which a second process pays
ASSETS = ("site.css", "site.js", "theme.js", "follow.js", "icon.svg")


def write_site(
    runs: Sequence[Path], folder: Path, *, jobs: int | None = None, say: Callable[[int, int], None] = lambda n, of: None
) -> int:
    """Write the pages of one run, or of several with a page over all; how many pages. `say` is told of trials done.

    The folder appears whole, in the place of an earlier report; a folder that holds anything else is refused.

    Raises `RunError` for a run that cannot be read or a folder that must not be replaced, `DiskError`.
    """
    _check_place(folder)
    sites = [read_site(run) for run in runs]
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=_parent(folder)))
    try:
        _write_assets(partial)
        written = 0
        homes = [partial]
        if len(sites) > 1:
            places = addresses.places([site.findings.id for site in sites])
            written += _write(partial / addresses.INDEX, runs_page(sites, [f"{p}/{addresses.INDEX}" for p in places]))
            homes = [partial / place for place in places]
            sites = [Site(site.findings, overview="../index.html") for site in sites]
        total = sum(len(site.trials) for site in sites)
        done = 0
        for site, home in zip(sites, homes, strict=True):
            if home != partial:
                _write_assets(home)
            with _trials(site, home, jobs) as counts:
                for address, text in whole_pages(site):
                    written += _write(home / address, text)
                for count in counts:
                    written, done = written + count, done + 1
                    say(done, total)
        partial.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except OSError as error:
        remedy = "Free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Mend that"
        raise DiskError(f"{folder}: cannot be written: {error.strerror}. {remedy}, then report again.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return written


def asset(name: str) -> bytes:
    """One of the files that all pages share."""
    return resources.files("evaluator.report.site").joinpath("assets", name).read_bytes()


@contextmanager
def _trials(site: Site, home: Path, jobs: int | None) -> Iterator[Iterator[int]]:
    """Write each trial's pages, in other processes from now on where there are many trials; how many, one by one."""
    names = list(site.trials)
    wanted = jobs or (os.cpu_count() or 1 if len(names) >= MANY else 1)
    work = _Work(site, home)
    if wanted == 1:
        yield map(work.write, names)
        return
    # Started afresh: this process may have threads, which a fork would share.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(wanted, context, _prepare, (work,))
    try:
        yield pool.map(_apart, names, chunksize=8)
    finally:
        pool.shutdown(cancel_futures=True)


class _Work:
    """Writes the pages of one trial at a time."""

    def __init__(self, site: Site, home: Path) -> None:
        self._site, self._home = site, home

    def write(self, name: str) -> int:
        """How many pages."""
        return sum(_write(self._home / address, text) for address, text in pages(self._site, self._site.trials[name]))


_work: _Work  # of a process of the pool


def _prepare(work: _Work) -> None:
    gc.disable()  # pages leave no cycles worth an eighth of the time to look for them
    global _work  # noqa: PLW0603 - a process of a pool has nowhere else to keep it
    _work = work


def _apart(name: str) -> int:
    return _work.write(name)


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")
    return 1


def _write_assets(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    for name in ASSETS:
        (folder / "assets" / name).write_bytes(asset(name))


def _check_place(folder: Path) -> None:
    ours = (folder / "assets" / "site.css").exists() and (folder / addresses.INDEX).exists()
    if folder.exists() and not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} holds something other than a report. Choose an empty or a new folder for --html.")


def _parent(folder: Path) -> Path:
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"{parent}: cannot be made: {error.strerror}.") from error
    return parent
