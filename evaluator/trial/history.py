"""What the agent did, as a git history that the agent never sees.

Trees are written by `git fast-import` from bytes in memory: no work tree, no checkout, no filter or hook ever runs on
what came out of a box. Git itself is shut off from this machine's configuration and from attributes in the trees.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

import git

from harness.sandbox.tree import File, Tree

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_WHO = "relaybench <relaybench@localhost>"
_WHEN = 1_700_000_000
_ENV = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_DATE": f"{_WHEN} +0000", "GIT_COMMITTER_DATE": f"{_WHEN} +0000",
}  # fmt: skip


class History:
    """A bare repository in a folder of ours, one commit a hand-in."""

    def __init__(self, folder: Path, seed: Tree) -> None:
        self._folder = folder = folder.absolute()  # git runs elsewhere, and run folders are often relative
        _git(folder, "init", "--quiet", "--template=", "--initial-branch=main", "--bare", str(folder))
        # A bare repository of newer gits reads attributes from HEAD, which would let a tree hide itself from diffs.
        self._git("config", "attr.tree", _EMPTY_TREE)
        self._commits = 0
        self.head = ""
        self.commit(seed, "seed")

    def commit(self, tree: Tree, message: str) -> str:
        """Record `tree` after the last commit; its id."""
        self._commits += 1
        stream = io.BytesIO()
        text = message.encode()
        stream.write(b"feature done\ncommit refs/heads/main\nmark :1\n")
        stream.write(f"committer {_WHO} {_WHEN + self._commits} +0000\ndata {len(text)}\n".encode() + text + b"\n")
        if self.head:
            stream.write(f"from {self.head}\n".encode())
        stream.write(b"deleteall\n")
        for path, file in sorted(tree.items()):
            mode = "100755" if file.executable else "100644"
            stream.write(f"M {mode} inline {_quoted(path)}\ndata {len(file.data)}\n".encode() + file.data + b"\n")
        stream.write(b"get-mark :1\ndone\n")
        with tempfile.TemporaryFile() as spooled:
            spooled.write(stream.getbuffer())
            spooled.seek(0)
            self.head = self._git("fast-import", "--quiet", "--done", istream=spooled).decode().strip()
        return self.head

    def tag(self, name: str) -> None:
        """Name the last commit."""
        self._git("update-ref", f"refs/tags/{name}", self.head)

    def diff(self, before: str, after: str) -> bytes:
        """The patch between two commits, binary files included."""
        return self._git(
            "diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", before, after
        )

    def bundle(self, target: Path) -> None:
        """Write everything into one file that `git clone` understands."""
        self._git("bundle", "create", "--quiet", str(target.absolute()), "--all")

    def _git(self, *arguments: str, istream: BinaryIO | None = None) -> bytes:
        return _git(self._folder, *arguments, istream=istream)


def read_bundle(bundle: Path) -> dict[str, Tree]:
    """The trees in a history's bundle: "" is what it began with, "round-1" and so on what each round ended with.

    Raises `RuntimeError` when it is no bundle of ours.
    """
    with tempfile.TemporaryDirectory(prefix="relaybench-history-") as folder:
        home = Path(folder) / "history.git"
        _git(home, "init", "--quiet", "--template=", "--bare", str(home))
        heads = _git(home, "bundle", "unbundle", str(bundle.absolute())).decode().split()
        refs = dict(zip(heads[1::2], heads[::2], strict=True))
        first = _git(home, "rev-list", "--max-parents=0", refs["refs/heads/main"]).decode().split()[0]
        wanted = {name.removeprefix("refs/tags/"): at for name, at in refs.items() if name.startswith("refs/tags/")}
        return {name: _tree_at(home, at) for name, at in {"": first, **wanted}.items()}


def _tree_at(home: Path, commit: str) -> Tree:
    entries = [line.partition(b"\t") for line in _git(home, "ls-tree", "-r", "-z", commit).split(b"\0") if line]
    asked = b"".join(head.split()[2] + b"\n" for head, _, _ in entries)
    with tempfile.TemporaryFile() as spooled:
        spooled.write(asked)
        spooled.seek(0)
        answer = io.BytesIO(_git(home, "cat-file", "--batch", istream=spooled))
    tree = {}
    for head, _, path in entries:
        size = int(answer.readline().split()[2])
        tree[path.decode()] = File(answer.read(size), executable=head.startswith(b"100755"))
        answer.read(1)
    return tree


def with_git(seed: Tree, scratch: Path) -> Tree:
    """`seed` as the agent gets it: with a `.git` that holds one commit at a fixed date and nothing else.

    The same bytes every time for the same seed (the index's timestamps apart). `scratch` is a folder of ours.
    """
    with tempfile.TemporaryDirectory(dir=scratch.absolute()) as folder:
        root = Path(folder)
        for path, file in seed.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
            target.chmod(0o755 if file.executable else 0o644)
        git_dir = root / ".git"

        def run(*arguments: str) -> None:
            _git(git_dir, *arguments, work_tree=root)

        run("init", "--quiet", "--template=", "--initial-branch=main", str(root))
        run("config", "user.name", "dev")
        run("config", "user.email", "dev@example.com")
        # A replaced box holds an agent's tree: neither its attributes nor its names (`git~1`) may make this fail.
        attributes = git_dir / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("* !text !eol !ident !filter !working-tree-encoding\n")
        run("-c", "core.protectNTFS=false", "-c", "core.protectHFS=false", "add", "--all", "--force")
        attributes.unlink()
        run("-c", "core.logAllRefUpdates=false", "-c", "core.protectNTFS=false", "commit", "--quiet", "--no-verify",
            "--allow-empty", "-m", "Import")  # fmt: skip
        hidden = (path for path in sorted((root / ".git").rglob("*")) if path.is_file())
        return {**seed, **{path.relative_to(root).as_posix(): File(path.read_bytes()) for path in hidden}}


def _git(git_dir: Path, *arguments: str, work_tree: Path | None = None, istream: BinaryIO | None = None) -> bytes:
    """One git command with an environment of its own: no variable of the caller's (a hook's, say) reaches it."""
    places = {"GIT_DIR": str(git_dir), **({"GIT_WORK_TREE": str(work_tree)} if work_tree else {})}
    settings = {"PATH": os.environ.get("PATH", os.defpath), **_ENV, **places}
    try:
        done: bytes = git.Git(work_tree or git_dir.parent).execute(
            ["env", "-i", *(f"{name}={value}" for name, value in settings.items()), "git", *arguments],
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            istream=istream,
        )
    except git.GitCommandError as error:
        raise RuntimeError(f"git {arguments[0]} failed: {str(error.stderr).strip()}") from None
    return done


def _quoted(path: str) -> str:
    """A path as fast-import wants it (C-style quotes)."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
