"""A workspace as bytes: what is copied into boxes and what is believed of what comes out of them.

The tar stream of an agent's workspace is hostile input. It is read once, member by member, behind a counting
reader, and never extracted: a name is a key in a dict here, not a path on this machine.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class File:
    """A regular file."""

    data: bytes
    executable: bool = False


Tree = Mapping[str, File]  # relative POSIX path -> file; folders are implied

# What programs leave behind; never part of a hand-in. A compiled module could differ from its source.
# Git refuses `.GIT` as it refuses `.git`.
LITTER = (
    ".[gG][iI][tT]", "__pycache__", "*.pyc", "*.pyo", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis",
)  # fmt: skip


@dataclass(frozen=True)
class Caps:
    """How much of a workspace is read before it is refused."""

    total_bytes: int = 64 << 20
    file_bytes: int = 4 << 20
    files: int = 5_000
    depth: int = 20
    path_chars: int = 1_000  # a box can nest names into paths that no other machine could hold
    litter_bytes: int = 512 << 20  # what is dropped (the agent's .git, caches) may be larger, but not endless
    litter_files: int = 50_000


@dataclass(frozen=True)
class CopiedOut:
    """What came out of a workspace.

    `dropped` names entries that are not regular files or have names that are not text ("link: a/b");
    `breach` says which cap the workspace broke, and then `tree` holds nothing to believe.
    """

    tree: Tree
    dropped: tuple[str, ...] = ()
    breach: str | None = None


def pack(tree: Tree, *, uid: int, gid: int) -> bytes:
    """`tree` as a tar archive with fixed times, folders included, everything owned by `uid:gid`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in sorted({parent for path in tree for parent in _parents(path)}):
            tar.addfile(_member(folder, uid, gid, mode=0o755, kind=tarfile.DIRTYPE))
        for path, file in sorted(tree.items()):
            member = _member(path, uid, gid, mode=0o755 if file.executable else 0o644, kind=tarfile.REGTYPE)
            member.size = len(file.data)
            tar.addfile(member, io.BytesIO(file.data))
    return buffer.getvalue()


def unpack(chunks: Iterable[bytes], caps: Caps) -> CopiedOut:
    """Read an agent's workspace from a tar stream whose members all lie below one top folder.

    Stops reading at the first broken cap, whatever the stream still holds; memory stays within `caps.total_bytes`.
    """
    tree: dict[str, File] = {}
    dropped: list[str] = []
    reader = _CountingReader(chunks, caps.total_bytes + caps.litter_bytes)
    try:
        _read(reader, caps, tree, dropped)
    except _Breach as breach:
        return CopiedOut({}, tuple(dropped), str(breach))
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        return CopiedOut({}, tuple(dropped), f"the workspace's archive cannot be read: {error}")
    return CopiedOut(tree, tuple(dropped))


def _read(reader: _CountingReader, caps: Caps, tree: dict[str, File], dropped: list[str]) -> None:  # noqa: PLR0912
    total = members = litter = 0
    folded: dict[str, str] = {}
    with tarfile.open(fileobj=reader, mode="r|", errorlevel=2) as tar:
        for member in tar:
            tar.members = []  # type: ignore[attr-defined]  # the tarfile module would keep every header
            path = _below_top(member.name)
            if path is None:
                continue
            if any(fnmatchcase(part, pattern) for part in path.split("/") for pattern in LITTER):
                litter += 1
                if litter > caps.litter_files:
                    raise _Breach(f"more than {caps.litter_files:,} files in .git and caches")
                continue
            members += 1
            if members > caps.files:
                raise _Breach(f"more than {caps.files:,} files and folders")
            if path.count("/") >= caps.depth:
                raise _Breach(f"folders nested deeper than {caps.depth}")
            if len(path) > caps.path_chars:
                raise _Breach(f"a path of more than {caps.path_chars:,} characters")
            if member.isdir():
                continue
            reason = _unwanted(member, path)
            if reason:
                if len(dropped) < 100:
                    dropped.append(f"{reason}: {printable(path)}")
                continue
            source = tree.get(_below_top(member.linkname) or "") if member.islnk() else None
            if member.islnk() and source is None:  # what it is linked to was itself dropped
                if len(dropped) < 100:
                    dropped.append(f"hard link: {printable(path)}")
                continue
            size = len(source.data) if source else member.size
            if size > caps.file_bytes:
                raise _Breach(f"{printable(path)} is larger than {caps.file_bytes >> 20} MiB")
            total += max(0, size)  # a forged header can say less than nothing
            if total > caps.total_bytes:
                raise _Breach(f"more than {caps.total_bytes >> 20} MiB in all")
            if folded.setdefault(path.casefold(), path) != path:
                raise _Breach(f"{printable(path)} and {printable(folded[path.casefold()])} differ only in case")
            content = None if source else tar.extractfile(member)
            tree[path] = source or File(content.read() if content else b"", bool(member.mode & 0o100))
    for path in tree:
        if any(parent in tree for parent in _parents(path)):
            raise _Breach(f"{printable(path)} lies below a file")


def printable(text: str, limit: int = 200) -> str:
    """`text` with control, bidirectional and undecodable characters shown as escapes, cut at `limit`."""
    shown = text
    if not text.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return shown if len(shown) <= limit else shown[:limit] + "…"


def _unwanted(member: tarfile.TarInfo, path: str) -> str | None:
    if not path.isprintable():
        return "unprintable name"
    if member.issym():
        return "link"
    if not (member.isreg() or member.islnk()):
        return "device" if member.isdev() else "special file"
    return None


def _below_top(name: str) -> str | None:
    """The path below the archive's top folder, or None for the top itself and for names that lead elsewhere."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if len(parts) < 2 or ".." in parts:
        return None
    return "/".join(parts[1:])


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _member(name: str, uid: int, gid: int, *, mode: int, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.uid, member.gid, member.mtime, member.type = mode, uid, gid, 1_700_000_000, kind
    return member


class _Breach(Exception):
    pass


class _CountingReader(io.RawIOBase):
    """Joins chunks into a file that ends, with a breach, after `limit` bytes."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        self._chunks = iter(chunks)
        self._left = limit
        self._buffer = b""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise ValueError("read the whole stream: not here")
        parts, wanted = [], size
        while wanted:
            if not self._buffer:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._buffer = chunk  # may be empty, which ends nothing
                self._left -= len(self._buffer)
                if self._left < 0:
                    raise _Breach("the workspace with its .git and caches is too large to read")
            part, self._buffer = self._buffer[:wanted], self._buffer[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)
