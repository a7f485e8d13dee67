"""What tests of pages share: one made run, its pages, and copies of it to damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_run import FEW, make_run
from read_pages import read_site

from evaluator.report.site import site as sites
from evaluator.report.site.trial import pages as trials
from evaluator.report.site.write import write_site

TRIAL = "codex--tally--1"


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A finished run with control arms and an infrastructure error. Not to be changed."""
    return make_run(tmp_path_factory.mktemp("made") / "made", cast=FEW, attempts=2, control=True)


@pytest.fixture(scope="session")
def site(made) -> sites.Site:
    """It, read."""
    return sites.read_site(made)


@pytest.fixture(scope="session")
def written(made, tmp_path_factory):
    """Its report: the pages by address, and what else there is."""
    folder = tmp_path_factory.mktemp("written") / "report"
    write_site([made], folder)
    return read_site(folder)


@pytest.fixture
def own(made, tmp_path) -> Path:
    """A run of two of its trials, to be changed."""
    run = tmp_path / "own"
    shutil.copytree(made / "tasks", run / "tasks")
    shutil.copy(made / "run.json", run)
    for name in (TRIAL, "codex--tally--2"):
        shutil.copytree(made / "trials" / name, run / "trials" / name)
    return run


@pytest.fixture
def report(tmp_path):
    """Writes a report: `report(run, ...)` is its pages by address, and the addresses of other files."""

    def wrote(*runs: Path):
        write_site(list(runs), tmp_path / "report")
        return read_site(tmp_path / "report")

    return wrote


@pytest.fixture
def trial_pages(own, written):
    """The pages of one trial of `own`, as they are now, and the addresses of all others."""

    def made_now():
        pages, others = written
        site = sites.read_site(own)
        now = dict(trials.pages(site, site.trials[TRIAL]))
        elsewhere = frozenset(address for address in pages if not address.startswith(f"trials/{TRIAL}/"))
        return now, others | elsewhere

    return made_now
