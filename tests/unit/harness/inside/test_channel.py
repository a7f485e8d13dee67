"""Whether an agent had begun to edit when it asked: told by times that it cannot set."""

import os

import pytest

from harness.inside import channel
from harness.inside.channel import Marks, edited_since


@pytest.fixture
def place(tmp_path):
    workspace = tmp_path / "workspace"
    (workspace / "src").mkdir(parents=True)
    (workspace / "src" / "a.py").write_text("a = 1\n")
    return workspace


@pytest.fixture
def mark(place):
    """A moment after the workspace was filled."""
    return max(path.stat().st_ctime_ns for path in place.rglob("*"))


def later(path, mark):
    """The clock of files is coarse: touch until it has moved on."""
    while path.stat().st_ctime_ns <= mark:
        path.touch()


def test_an_untouched_workspace_is_not_edited(place, mark):
    assert edited_since(mark, str(place)) is False


def test_a_written_file_is_an_edit_even_when_its_time_is_set_back(place, mark):
    file = place / "src" / "a.py"
    later(file, mark)
    os.utime(file, (1, 1))
    assert edited_since(mark, str(place)) is True


@pytest.mark.parametrize("name", [".git/index", "src/__pycache__/a.pyc", "b.pyc", ".pytest_cache/v"])
def test_caches_and_git_do_not_count(place, mark, name):
    file = place / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    later(file, mark)
    assert edited_since(mark, str(place)) is False


def test_what_cannot_be_seen_is_not_known(place, mark, monkeypatch):
    assert edited_since(None, str(place)) is None
    assert edited_since(mark, str(place / "gone")) is None
    monkeypatch.setattr(channel, "FILES_CAP", 1)
    assert edited_since(mark, str(place)) is None


def test_links_are_not_followed(place, mark, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (place / "link").symlink_to(outside)
    mark = (place / "link").lstat().st_ctime_ns
    later(outside, mark)
    assert edited_since(mark, str(place)) is False


def test_a_complaint_does_not_begin_the_round_again(tmp_path):
    marks, first, second = Marks(), tmp_path / "message-1.md", tmp_path / "message-2.md"
    first.write_text("report")
    marks.written("message-1.md", str(first))
    began = marks.last
    later(first, began)
    marks.written("message-1.md", str(first))
    assert marks.last == began
    second.write_text("feature")
    later(second, began)
    marks.written("message-2.md", str(second))
    assert marks.last > began
