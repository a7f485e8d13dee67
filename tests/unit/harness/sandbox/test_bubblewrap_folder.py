"""A folder as a tree: the same caps and words as an engine's archive, and links never followed."""

import os
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.sandbox import Caps, File
from harness.sandbox.folder import read_tree, usage, write_tree


@pytest.fixture
def top(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@pytest.fixture
def folder(tmp_path, top):
    return tmp_path / "workspace"


def folders(tree):
    return {path.rsplit("/", n)[0] for path in tree for n in range(1, path.count("/") + 1)}


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0", categories=["L", "N"]), min_size=1, max_size=8)
files = st.builds(File, st.binary(max_size=2000), st.booleans())


@settings(max_examples=50)
@given(tree=st.dictionaries(st.lists(names, min_size=1, max_size=4).map("/".join), files, max_size=8))
def test_what_goes_in_comes_out(tmp_path_factory, tree):
    folded = sorted(f"{path.casefold()}/" for path in tree)
    assume(not any(other.startswith(path) for path, other in pairwise(folded)))
    assume(len({path.casefold() for path in folders(tree)}) == len(folders(tree)))
    fd = os.open(tmp_path_factory.mktemp("tree"), os.O_RDONLY)
    write_tree(fd, tree, uid=None)
    assert read_tree(fd, Caps()).tree == tree
    os.close(fd)


def test_links_are_replaced_not_followed(tmp_path, folder, top):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("safe")
    (folder / "folder").symlink_to(outside)
    (folder / "file").symlink_to(outside / "file")
    (folder / "was").mkdir()
    (folder / "was/full").write_text("x")
    out = read_tree(top, Caps())
    assert (dict(out.tree), sorted(out.dropped)) == ({"was/full": File(b"x")}, ["link: file", "link: folder"])
    write_tree(top, {"folder/file": File(b"new"), "file": File(b"new"), "was": File(b"new", True)}, uid=None)
    assert (outside / "file").read_text() == "safe"
    assert not (folder / "folder").is_symlink()
    assert stat.S_IMODE((folder / "was").stat().st_mode) == 0o755


def test_sizes_are_refused_before_they_are_read(folder, top):
    with (folder / "sparse").open("wb") as file:
        file.truncate(20 << 30)
    assert "sparse is larger than" in read_tree(top, Caps()).breach
    (folder / "sparse").rename(folder / ".git")
    assert "too large to read" in read_tree(top, Caps()).breach
    os.truncate(folder / ".git", 1 << 20)
    assert read_tree(top, Caps()).breach is None


@pytest.mark.parametrize(("place", "word"), [("d", "deeper than 20"), ("__pycache__", "deeper than 150")])
def test_depth_is_bounded_also_where_no_cap_looks(folder, top, place, word):
    (folder / place / "/".join(["d"] * 180)).mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert word in read_tree(top, Caps()).breach
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_many_files_are_refused_without_being_opened(folder, top):
    for number in range(60):
        (folder / f"{number}").write_text("x")
    assert "more than 50 files" in read_tree(top, Caps(files=50)).breach
    assert usage(top, 1 << 20) >= 60 << 10
    assert usage(top, 10 << 10) <= 16 << 10  # it stops counting
