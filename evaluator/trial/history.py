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
    "GIT_AUTHOR_NAME": "relaybench", "GIT_AUTHOR_EMAIL": "relaybench@localhost",
    "GIT_COMMITTER_NAME": "relaybench", "GIT_COMMITTER_EMAIL": "relaybench@localhost",
    "GIT_AUTHOR_DATE": f"{_WHEN} +0000", "GIT_COMMITTER_DATE": f"{_WHEN} +0000",
}  # fmt: skip


class History:
    """A bare repository in a folder of ours, one commit a hand-in."""

    def __init__(self, folder: Path, seed: Tree) -> None:
        self._repo = _init(folder, "--bare")
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

    def close(self) -> None:
        """Let go of the repository."""
        self._repo.close()

    def _git(self, *arguments: str, istream: BinaryIO | None = None) -> bytes:
        return self._repo.git.execute(
            ["git", *arguments],
            env=_env(Path(self._repo.git_dir)),
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            istream=istream,
        )


def with_git(seed: Tree, scratch: Path) -> Tree:
    """`seed` as the agent gets it: with a `.git` that holds one commit at a fixed date and nothing else.

    The same bytes every time for the same seed (the index's timestamps apart). `scratch` is a folder of ours.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        root = Path(folder)
        for path, file in seed.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
            target.chmod(0o755 if file.executable else 0o644)
        repo = _init(root)

        def run(*arguments: str) -> None:
            repo.git.execute(["git", *arguments], env=_env(root / ".git", root))

        run("config", "user.name", "dev")
        run("config", "user.email", "dev@example.com")
        run("add", "--all", "--force")
        run("-c", "core.logAllRefUpdates=false", "commit", "--quiet", "--no-verify", "-m", "Import")
        repo.close()
        hidden = (path for path in sorted((root / ".git").rglob("*")) if path.is_file())
        return {**seed, **{path.relative_to(root).as_posix(): File(path.read_bytes()) for path in hidden}}


def _init(folder: Path, *options: str) -> git.Repo:
    """A new repository, without the hooks that this machine's templates may hold."""
    command = ["git", "init", "--quiet", "--template=", "--initial-branch=main", *options, str(folder.absolute())]
    git.Git().execute(command, env=_env(folder if options else folder / ".git"))
    return git.Repo(folder)


def _quoted(path: str) -> str:
    """A path as fast-import wants it (C-style quotes)."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _env(git_dir: Path, work_tree: Path | None = None) -> dict[str, str]:
    """Names every place git may work in, so that no variable of the caller's (a hook's, say) can point elsewhere."""
    git_dir = git_dir.absolute()
    places = {
        "GIT_DIR": str(git_dir),
        "GIT_OBJECT_DIRECTORY": str(git_dir / "objects"),
        "GIT_INDEX_FILE": str(git_dir / "index"),
    }
    return {**_ENV, **places, **({"GIT_WORK_TREE": str(work_tree.absolute())} if work_tree else {})}
