import difflib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from read_pages import read_page

from evaluator.report.site.page import diff_rows
from evaluator.report.site.trial import diffs
from evaluator.report.site.trial.diffs import read_diff
from evaluator.trial.history import History
from harness.sandbox import Tree
from harness.sandbox.tree import File


@pytest.fixture(scope="session")
def patch(tmp_path_factory):
    """The patch between two trees, {path: bytes}, as our history makes it; an executable one ends in .sh."""
    home = tmp_path_factory.mktemp("history")

    def tree(files) -> Tree:
        return {path: File(data, executable=path.endswith(".sh")) for path, data in files.items()}

    def made(before, after):
        number = len(list(home.iterdir()))
        history = History(home / str(number), tree(before))
        return history.diff(history.head, history.commit(tree(after), "after"))

    return made


def only(diff):
    (file,) = diff.files
    return file


def test_lines_come_with_their_numbers_before_and_after(patch):
    lines = [f"line {n}\n" for n in range(1, 30)]
    changed = [*lines[:9], "new\n", *lines[10:20], *lines[21:]]
    file = only(read_diff(patch({"a.py": "".join(lines).encode()}, {"a.py": "".join(changed).encode()})))
    assert (file.path, file.how, file.added, file.removed, file.language) == ("a.py", "changed", 1, 2, "python")
    rows = read_page(f"<table>{diff_rows(file.hunks[0])}</table>").text.split("\n")
    assert rows[:5] == ["77line 7", "88line 8", "99line 9", "10line 10", "10new"]
    assert "21line 21" in rows + read_page(str(diff_rows(file.hunks[-1]))).text.split("\n")


def test_every_odd_change(patch):
    before = {
        "with space.txt": b"a\nb\n", 'quo"te"': b"x\n", "tab\tand\nline": b"x\n", "ünï.txt": b"x\n",
        "back\\slash": b"x\n",
        "empty": b"", "image.png": b"\0\1\2", "gone.go": b"package x\n", "run": b"x\n", "none": b"",
    }  # fmt: skip
    after = {
        "with space.txt": b"a\nc", 'quo"te"': b"y\n", "tab\tand\nline": b"y\n", "ünï.txt": b"y\n",
        "back\\slash": b"y\n",
        "new and empty": b"", "image.png": b"\0\1\3", "run": b"x\n", "run.sh": b"x\n", "none": b"y\n",
    }  # fmt: skip
    diff = read_diff(patch(before, after))
    assert diff.raw == ""
    assert {(file.path, file.how, file.added, file.removed) for file in diff.files} == {
        ("with space.txt", "changed", 1, 1), ('quo"te"', "changed", 1, 1), ("tab\tand\nline", "changed", 1, 1),
        ("ünï.txt", "changed", 1, 1), ("back\\slash", "changed", 1, 1), ("empty", "deleted", 0, 0),
        ("new and empty", "added", 0, 0), ("image.png", "binary", 0, 0), ("gone.go", "deleted", 0, 1),
        ("run.sh", "added", 1, 0), ("none", "changed", 1, 0),
    }  # fmt: skip
    assert (diff.added, diff.removed) == (7, 6)


def test_a_changed_mode_is_a_change_without_lines():
    file = only(read_diff(b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"))
    assert (file.how, file.hunks) == ("changed", [])


def test_a_missing_end_of_line_is_told(patch):
    file = only(read_diff(patch({"a": b"x\n"}, {"a": b"x"})))
    assert file.hunks[0].lines == ["-x", "+x", "\\ No newline at end of file"]
    assert (file.added, file.removed) == (1, 1)


def test_content_that_looks_like_a_patch(patch):
    like = (
        b"-- a/x\n++ b/x\n@@ -1,2 +1,2 @@\ndiff --git a/y b/y\nnew file mode 100644\nGIT binary patch\n\\ No newline\n"
    )
    diff = read_diff(patch({"x": b"-- a\n"}, {"x": like, "y": b"- \n"}))
    assert [(file.path, file.how, file.added, file.removed) for file in diff.files] == [
        ("x", "changed", 7, 1), ("y", "added", 1, 0),
    ]  # fmt: skip


def test_line_ends_of_other_systems_and_what_is_no_text(patch):
    file = only(read_diff(patch({"a": b"x\r\n"}, {"a": b"y\r\n\xff\xed\xa0\x80\x0b\x0c\xc2\x85\xe2\x80\xa8z\n"})))
    assert [line[0] for line in file.hunks[0].lines] == ["-", "+", "+"]
    shown = read_page(str(diff_rows(file.hunks[0]))).text
    assert r"x\r" in shown
    assert r"\x0b\x0c\x85\u2028z" in shown


@pytest.mark.parametrize(
    "patch",
    [
        b"no patch at all", b"\n", b"diff --git a/x b/x\n@@ -1,9 +1,9 @@\n x\n",
        b"diff --git a/x b/x\n@@ -1 +1,2 @@\n-a\n-b\n+c\n",
        b"diff --git a/x b/x\n@@ -1 +1 @@\nxyz\n", b"diff --git a/x b/x\n@@ -1,99999999999999 +1 @@\n x\n",
    ],
)  # fmt: skip
def test_a_patch_that_is_none_is_kept_as_it_stands(patch):
    diff = read_diff(patch)
    assert (diff.files, diff.raw) == ([], patch.decode())


def test_a_name_that_reads_as_two_leaves_the_patch_as_it_stands(patch):
    made = patch({"b/ b/x": b"x\n"}, {"b/ b/x": b"y\n"})
    assert read_diff(made) == diffs.Diff([], raw=made.decode())


def test_nothing_changed():
    assert read_diff(b"") == diffs.Diff([])


odd = st.sampled_from(["a", "b", "", "-", "+", "- -", " ", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ No", "\r", "\x0c"])
texts = st.lists(odd.map("{}\n".format), max_size=12)


@given(st.dictionaries(st.sampled_from(["a", "b c", "d/e.py"]), st.tuples(texts, texts), max_size=3))
def test_both_sides_can_be_read_off(files):
    files = {path: sides for path, sides in files.items() if sides[0] != sides[1]}
    made = "".join(
        f"diff --git a/{path} b/{path}\n" + "".join(difflib.unified_diff(*sides, f"a/{path}", f"b/{path}", n=99))
        for path, sides in files.items()
    )
    diff = read_diff(made.encode())
    assert (diff.raw, [file.path for file in diff.files]) == ("", list(files))
    for file, sides in zip(diff.files, files.values(), strict=True):
        lines = [line for hunk in file.hunks for line in hunk.lines]
        assert tuple([f"{line[1:]}\n" for line in lines if line[0] != sign] for sign in "+-") == sides
        assert (file.added, file.removed) == tuple(sum(line[0] == sign for line in lines) for sign in "+-")


def hunk_of(lines):
    return f"@@ -0,0 +1,{len(lines)} @@\n" + "".join(f"+{line}\n" for line in lines)


def whole_page(diff):
    return sum(len(diff_rows(hunk)) for file in diff.files[: diff.shown] for hunk in file.hunks)


def test_of_a_hundred_thousand_lines_a_page_shows_what_it_has_room_for():
    patch = f"diff --git a/x b/x\nnew file mode 100644\n{hunk_of(['line'] * 100_000)}".encode()
    began = time.process_time()
    diff = read_diff(patch)
    assert time.process_time() - began < 3
    assert (diff.added, diff.shown) == (100_000, 1)
    assert 10_000 < len(diff.files[0].hunks[0].lines) == 100_000 - diff.left_out
    assert whole_page(diff) <= diffs.MOST


@pytest.mark.parametrize("line", ["\x00" * 3000, "&" * 3000, "x" * 50_000])
def test_a_page_of_a_change_is_bounded_whatever_is_in_it(line):
    patch = f"diff --git a/x b/x\n{hunk_of([line] * 130)}{hunk_of(['after'] * 9000)}".encode()
    assert whole_page(read_diff(patch)) <= diffs.MOST


def test_of_many_thousand_files_a_page_shows_what_it_has_room_for():
    patch = "".join(f"diff --git a/{n}.py b/{n}.py\nnew file mode 100644\n@@ -0,0 +1 @@\n+x\n" for n in range(8_000))
    diff = read_diff(patch.encode())
    assert (len(diff.files), diff.added) == (8_000, 8_000)
    assert 1_000 < diff.shown < 4_000
    assert whole_page(diff) + diffs.FILE * diff.shown <= diffs.MOST
    assert diff.left_out >= 4_000
