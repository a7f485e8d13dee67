"""The history the agent never sees: hostile trees, hostile machines."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.trial.history import History, with_git
from harness.sandbox.tree import File

SEED = {"README": File(b"hello\n"), "src/a.py": File(b"one\ntwo\nthree\n"), "run.sh": File(b"#!/bin/sh\n", True)}
CLEAN = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}


def git(*arguments: str, cwd: Path) -> bytes:
    return subprocess.run(["git", *arguments], cwd=cwd, env=CLEAN, capture_output=True, check=True).stdout


def changed(tmp_path: Path, after: dict[str, File], before: dict[str, File] = SEED) -> str:
    history = History(tmp_path / "h.git", before)
    first = history.head
    return history.diff(first, history.commit(after, "next")).decode("utf-8", "surrogateescape")


def written(folder: Path, tree) -> Path:
    for path, file in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(0o755 if file.executable else 0o644)
    return folder


class TestDiff:
    def test_nothing_changed_is_an_empty_diff(self, tmp_path):
        assert changed(tmp_path, SEED) == ""

    def test_edits_additions_and_deletions_are_shown(self, tmp_path):
        diff = changed(tmp_path, {"README": File(b"hello there\n"), "run.sh": SEED["run.sh"], "new": File(b"x")})
        assert "-hello\n+hello there\n" in diff
        assert "new file mode 100644" in diff
        assert "deleted file mode 100644" in diff
        assert "a/src/a.py" in diff

    def test_a_mode_change_is_shown(self, tmp_path):
        diff = changed(tmp_path, {**SEED, "README": File(b"hello\n", True)})
        assert "old mode 100644\nnew mode 100755" in diff

    def test_a_renamed_file_is_shown_whole(self, tmp_path):
        tree = {**SEED, "b.py": SEED["src/a.py"]}
        del tree["src/a.py"]
        diff = changed(tmp_path, tree)
        assert "rename" not in diff
        assert "+two" in diff

    def test_binary_files_are_in_the_patch_and_it_applies(self, tmp_path):
        after = {**SEED, "picture": File(bytes(range(256)) * 4), "README": File(b"\0\1\2")}
        diff = changed(tmp_path, after)
        assert diff.count("GIT binary patch") == 2
        folder = written(tmp_path / "work", SEED)
        subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=folder, env=CLEAN, check=True)
        assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {
            path: file.data for path, file in after.items()
        }

    @pytest.mark.parametrize(
        "name", ['with "quotes"', "new\nline", "tab\there", "grüße/日本.txt", "back\\slash", " space ", "-dash", "a'b"]
    )
    def test_any_name_goes_in_and_comes_out(self, tmp_path, name):
        history = History(tmp_path / "h.git", {name: File(b"1\n")})
        first = history.head
        history.commit({name: File(b"2\n")}, "next")
        names = git("--git-dir", str(tmp_path / "h.git"), "ls-tree", "-r", "-z", "--name-only", "HEAD", cwd=tmp_path)
        assert names == name.encode() + b"\0"
        assert b"-1\n+2\n" in history.diff(first, history.head)

    @given(st.dictionaries(st.sampled_from("abcdef"), st.builds(File, st.binary(max_size=40), st.booleans())))
    @settings(max_examples=8)
    def test_a_commit_holds_exactly_the_tree(self, tmp_path_factory, tree):
        folder = tmp_path_factory.mktemp("any")
        history = History(folder / "h.git", SEED)
        history.commit(tree, "any")
        listed = git("--git-dir", str(folder / "h.git"), "ls-tree", "-r", history.head, cwd=folder).decode()
        modes = {line.split("\t")[1]: line.startswith("100755") for line in listed.splitlines()}
        assert modes == {path: file.executable for path, file in tree.items()}
        for path, file in tree.items():
            blob = git("--git-dir", str(folder / "h.git"), "cat-file", "blob", f"{history.head}:{path}", cwd=folder)
            assert blob == file.data


class TestHostileTrees:
    @pytest.mark.parametrize(
        "attributes",
        [
            "* -diff\n",
            "* binary\n",
            "* diff=evil\n",
            "* filter=evil\n",
            "* -text working-tree-encoding=UTF-16\n",
            "[attr]x -diff\n* x\n",
            "* export-ignore linguist-generated\n",
        ],
    )
    def test_attributes_in_a_tree_hide_nothing(self, tmp_path, attributes):
        before = {**SEED, ".gitattributes": File(attributes.encode())}
        after = {**before, "README": File(b"changed\n"), "new.py": File(b"added\n"), ".gitmodules": File(b"[x]\n")}
        diff = changed(tmp_path, after, before)
        assert "-hello\n+changed\n" in diff
        assert "+added\n" in diff
        assert "+[x]\n" in diff
        assert "Binary" not in diff
        assert "GIT binary patch" not in diff

    def test_git_settings_in_a_tree_are_only_files(self, tmp_path):
        modules = b'[submodule "x"]\n\tpath = x\n\turl = ext::touch%20pwned\n\tupdate = !touch pwned\n'
        after = {**SEED, ".gitmodules": File(modules), "x/file": File(b"1"), ".gitignore": File(b"*\n")}
        diff = changed(tmp_path, after)
        assert "ext::touch" in diff
        assert "b/x/file" in diff


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A machine on which everything git can be told tells it to run or hide something; gives the tell-tale file."""
    home, told = tmp_path / "home", tmp_path / "told"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {told}\ncat\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "commit-msg"):
        (hooks / name).write_bytes(script.read_bytes())
        (hooks / name).chmod(0o755)
    (home / ".config" / "git").mkdir(parents=True)
    config = (
        f"[core]\nhooksPath = {hooks}\nfsmonitor = {script}\nautocrlf = true\nlogAllRefUpdates = always\n"
        f"[diff]\nexternal = {script}\nnoprefix = true\n[diff \"evil\"]\ntextconv = {script}\n"
        f"[filter \"evil\"]\nclean = {script}\nrequired = true\n"
        f"[init]\ntemplateDir = {hooks}\ndefaultBranch = evil\n[user]\nname = Evil\nemail = e@vil\n"
        "[commit]\ngpgSign = true\n"
    )  # fmt: skip
    (home / ".gitconfig").write_text(config)
    (home / ".config" / "git" / "attributes").write_text("* diff=evil filter=evil\n")
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_SYSTEM": str(home / ".gitconfig"),
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks),
        "GIT_CONFIG_KEY_1": "core.attributesFile", "GIT_CONFIG_VALUE_1": str(home / ".config" / "git" / "attributes"),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{script}'",
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_DIFF_OPTS": "--unified=0",
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_COMMON_DIR": str(tmp_path / "elsewhere"),
        "GIT_WORK_TREE": str(tmp_path / "elsewhere"),
        "GIT_INDEX_FILE": str(tmp_path / "elsewhere" / "index"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "elsewhere" / "objects"),
        "GIT_NAMESPACE": "evil",
        "GIT_QUARANTINE_PATH": str(tmp_path),
        "GIT_TEMPLATE_DIR": str(hooks),
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_AUTHOR_NAME": "Evil", "GIT_COMMITTER_NAME": "Evil",
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00", "GIT_COMMITTER_DATE": "2001-01-01T00:00:00",
        "GIT_EDITOR": str(script), "GIT_PAGER": str(script), "PAGER": str(script),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return told


class TestHostileMachines:
    def story(self, folder: Path) -> tuple:
        folder.mkdir()
        history = History(folder / "h.git", SEED)
        seed = history.head
        head = history.commit({**SEED, "README": File(b"changed\r\n")}, "next")
        history.tag("round-1")
        history.bundle(folder / "bundle")
        given = with_git(SEED, folder)
        objects = sorted(path for path in given if path.startswith(".git/objects"))
        return seed, head, history.diff(seed, head), objects, given[".git/HEAD"], given[".git/config"]

    def test_nothing_outside_has_an_effect(self, tmp_path, hostile, monkeypatch):
        told = self.story(tmp_path / "hostile")
        assert not hostile.exists()
        assert not (tmp_path / "elsewhere").exists()
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path / "clean"))
        monkeypatch.delenv("XDG_CONFIG_HOME")
        assert told == self.story(tmp_path / "calm")


class TestHistory:
    def test_the_bundle_can_be_cloned_and_holds_every_hand_in(self, tmp_path):
        history = History(tmp_path / "h.git", SEED)
        history.commit({**SEED, "README": File(b"1\n")}, "1-fix, hand-in 1")
        history.tag("round-1")
        history.commit({"README": File(b"2\n")}, "2-feature, hand-in 1")
        history.tag("round-2")
        history.bundle(tmp_path / "history.bundle")
        git("clone", "--quiet", str(tmp_path / "history.bundle"), "clone", cwd=tmp_path)
        clone = tmp_path / "clone"
        log = git("log", "--reverse", "--format=%s|%an|%ad", "--date=unix", cwd=clone).decode().splitlines()
        assert [line.split("|")[0] for line in log] == ["seed", "1-fix, hand-in 1", "2-feature, hand-in 1"]
        assert {line.split("|")[1] for line in log} == {"relaybench"}
        assert git("tag", cwd=clone).decode().split() == ["round-1", "round-2"]
        assert (clone / "README").read_bytes() == b"2\n"
        assert not (clone / "run.sh").exists()

    def test_the_same_story_has_the_same_ids(self, tmp_path):
        ids = []
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir()
            history = History(tmp_path / folder / "h.git", dict(reversed(SEED.items())) if ids else SEED)
            ids.append((history.head, history.commit({}, "empty"), history.commit(SEED, "back")))
        assert ids[0] == ids[1]


class TestWithGit:
    @pytest.fixture
    def repository(self, tmp_path):
        return written(tmp_path / "box", with_git(SEED, tmp_path))

    def test_there_is_one_clean_commit_of_everything(self, repository):
        assert git("rev-list", "--all", "--count", cwd=repository) == b"1\n"
        assert git("status", "--porcelain", cwd=repository) == b""
        assert git("log", "--format=%s %ad", "--date=unix", cwd=repository) == b"Import 1700000000\n"
        assert set(git("ls-files", cwd=repository).decode().split()) == set(SEED)
        git("fsck", "--strict", cwd=repository)

    def test_nothing_else_is_there(self, repository):
        for command in ("remote", "tag", "stash list", "reflog", "for-each-ref refs/remotes"):
            assert git(*command.split(), cwd=repository) == b"", command
        assert git("branch", cwd=repository) == b"* main\n"
        assert git("fsck", "--unreachable", "--no-reflogs", cwd=repository) == b""
        found = {path.name for path in (repository / ".git").iterdir()}
        assert found <= {"COMMIT_EDITMSG", "HEAD", "config", "index", "objects", "refs", "info"}
        assert not list((repository / ".git").rglob("attributes"))

    def test_the_seed_is_unchanged_and_ignored_files_are_committed(self, tmp_path):
        seed = {**SEED, ".gitignore": File(b"*.log\n"), "a.log": File(b"x")}
        tree = with_git(seed, tmp_path)
        assert {path: file for path, file in tree.items() if not path.startswith(".git/")} == seed
        assert b"a.log" in git("ls-files", cwd=written(tmp_path / "box", tree))

    def test_the_same_seed_gives_the_same_bytes(self, tmp_path):
        one, two = with_git(SEED, tmp_path), with_git(SEED, tmp_path)
        assert {path: file for path, file in one.items() if path != ".git/index"} == {
            path: file for path, file in two.items() if path != ".git/index"
        }

    def test_nothing_is_left_in_the_scratch_folder(self, tmp_path):
        with_git(SEED, tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "tree",
        [
            {},
            {".gitattributes": File(b"* working-tree-encoding=UTF-16\n"), "a": File(b"odd")},
            {".gitattributes": File(b"* filter=lfs eol=crlf ident\n"), "a": File(b"$Id$\r\n")},
            {"git~1": File(b"x"), ".gitmodules": File(b"[submodule"), "aux": File(b""), "a:b": File(b"")},
            {"new\nline": File(b""), 'q"uote': File(b""), "-dash": File(b"")},
            {".gitignore": File(b"*\n"), "x": File(b"")},
        ],
    )
    def test_a_tree_of_an_agents_making_can_be_put_into_a_new_box(self, tmp_path, tree):
        given = with_git(tree, tmp_path)
        assert re.match(rb"ref: refs/heads/main", given[".git/HEAD"].data)
        assert {path: file for path, file in given.items() if not path.startswith(".git/")} == tree
