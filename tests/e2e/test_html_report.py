"""The command that writes pages, from the shell."""

import json

import pytest
from made_run import Character, make_run, multiply

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A run of enough trials for a second process. Not to be changed."""
    home = tmp_path_factory.mktemp("made")
    return multiply(make_run(home / "few", cast=(Character("codex", steps=2),), attempts=1), home / "many", 42)


def test_pages_are_written_and_where_is_said(relaybench, made, tmp_path):
    code, out, err = relaybench(tmp_path, "report", made, "--html", "pages")
    assert (code, out) == (0, "")
    pages = [path for path in (tmp_path / "pages").rglob("*") if path.suffix in (".html", ".txt")]
    assert f"{len(pages):,} pages: pages/index.html" in err
    assert len(list((tmp_path / "pages/trials").iterdir())) == 42


def test_pages_and_a_document_in_one(relaybench, made, tmp_path):
    code, out, _ = relaybench(tmp_path, "report", made, "--html", "pages", "--json")
    assert code == 0
    assert json.loads(out)[0]["trials"] == 42
    assert (tmp_path / "pages/index.html").exists()


def test_what_was_there_stays_where_it_is(relaybench, made, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/thesis.txt").write_text("years")
    code, _, err = relaybench(tmp_path, "report", made, "--html", "home")
    assert code == 2
    assert "home holds something other than a report. Choose an empty or a new folder for --html." in err
    assert (tmp_path / "home/thesis.txt").read_text() == "years"


def test_several_processes_write_the_same_pages_as_one(made, tmp_path):
    from evaluator.report.site.write import write_site

    one, two = tmp_path / "one", tmp_path / "two"
    assert write_site([made], one, jobs=1) == write_site([made], two, jobs=2)
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)
