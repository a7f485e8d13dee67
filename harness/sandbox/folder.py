"""A workspace that is a folder on this machine: files go in and come out without a link ever being followed.

Everything is opened relative to the folder's descriptor, one name at a time, with O_NOFOLLOW, and only folders and
regular files are opened at all. What comes out is handed, as a tar stream, to the reader that judges an engine's
archives too (`tree.unpack`), so that one set of caps holds for every kind of box.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tarfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.sandbox.tree import LITTER, Caps, CopiedOut, Tree, unpack

_TIME = 1_700_000_000  # of everything we write
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 150  # how far we go down: each level holds a descriptor. Below any cap on depth, so only caches notice
_CHUNK = 1 << 18
_KINDS = {stat.S_IFLNK: tarfile.SYMTYPE, stat.S_IFIFO: tarfile.FIFOTYPE, stat.S_IFSOCK: tarfile.FIFOTYPE,
          stat.S_IFCHR: tarfile.CHRTYPE, stat.S_IFBLK: tarfile.BLKTYPE}  # fmt: skip


def write_tree(top: int, tree: Tree, *, uid: int | None) -> None:
    """Write `tree` below the open folder `top`, owned by `uid` (None: by us); what is in the way goes."""
    for path, file in sorted(tree.items()):
        *parents, name = path.split("/")
        with contextlib.ExitStack() as opened:
            here = top
            for part in parents:
                here = _enter(here, part, uid)
                opened.callback(os.close, here)
            _clear(here, name)
            fd = os.open(name, _NEW_FILE, 0o600, dir_fd=here)
            with os.fdopen(fd, "wb") as target:
                target.write(file.data)
                target.flush()
                if uid is not None:
                    os.fchown(fd, uid, uid)
                os.fchmod(fd, 0o755 if file.executable else 0o644)
                os.utime(fd, (_TIME, _TIME))


def read_tree(top: int, caps: Caps) -> CopiedOut:
    """What lies below the open folder `top`. Nothing that could change it may be running any more."""
    with contextlib.closing(_archive(top)) as archive:
        return unpack(archive, caps)


def _enter(here: int, name: str, uid: int | None) -> int:
    """The folder `name` in `here`, opened; made if it is not there, or is something else."""
    try:
        return _opened(here, name, _FOLDER)
    except FileNotFoundError:
        pass
    except NotADirectoryError:  # so says the kernel of links, too
        os.unlink(name, dir_fd=here)
    os.mkdir(name, 0o755, dir_fd=here)
    fd = os.open(name, _FOLDER, dir_fd=here)
    os.fchmod(fd, 0o755)
    if uid is not None:
        os.fchown(fd, uid, uid)
    return fd


def _clear(here: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=here)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        shutil.rmtree(name, dir_fd=here)


def usage(top: int, enough: int) -> int:
    """Bytes on disk below the open folder `top`, at least 1 KiB an entry; counting ends beyond `enough`."""
    total = 0
    with contextlib.suppress(OSError, ValueError):  # whoever works in there may remove what we look at
        for entry in _walk(top):
            total += max(1024, entry.found.st_blocks * 512)
            if total > enough:
                break
    return total


@dataclass(frozen=True)
class _Entry:
    folder: int
    name: str
    path: str
    found: os.stat_result
    litter: bool


def _walk(top: int) -> Generator[_Entry, None, None]:
    """Every entry below `top`, folders before what they hold; nothing but folders is opened."""
    _unlock(top)
    stack = [(top, os.scandir(top), "workspace", False)]
    try:
        while stack:
            here, entries, path, litter = stack[-1]
            entry = next(entries, None)
            if entry is None:
                entries.close()
                stack.pop()
                if here != top:
                    os.close(here)
                continue
            is_litter = litter or any(fnmatchcase(entry.name, pattern) for pattern in LITTER)
            found = entry.stat(follow_symlinks=False)
            yield _Entry(here, entry.name, f"{path}/{entry.name}", found, is_litter)
            if stat.S_ISDIR(found.st_mode):
                if len(stack) > _DEEPEST:
                    raise ValueError(f"folders nested deeper than {_DEEPEST}")
                fd = _opened(here, entry.name, _FOLDER)
                _unlock(fd)
                stack.append((fd, os.scandir(fd), f"{path}/{entry.name}", is_litter))
    finally:
        for here, entries, *_ in stack:
            entries.close()
            if here != top:
                os.close(here)


def _archive(top: int) -> Generator[bytes, None, None]:
    """A folder as a tar stream, made while it is read: a size is told before a byte of content is."""
    with contextlib.closing(_walk(top)) as walk:
        for entry in walk:
            yield _header(entry.path, entry.found)
            if stat.S_ISREG(entry.found.st_mode):
                yield from _nothing(entry.found.st_size) if entry.litter else _content(entry)
                yield bytes(-entry.found.st_size % tarfile.BLOCKSIZE)
    yield bytes(tarfile.BLOCKSIZE * 2)


def _header(name: str, found: os.stat_result) -> bytes:
    member = tarfile.TarInfo(name)
    member.mode = stat.S_IMODE(found.st_mode)
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFREG:
        member.size = found.st_size
    else:
        member.type = tarfile.DIRTYPE if kind == stat.S_IFDIR else _KINDS[kind]
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _content(entry: _Entry) -> Iterator[bytes]:
    """Exactly as many bytes as the header said."""
    fd, found = _opened(entry.folder, entry.name, _FILE), entry.found
    try:
        now = os.fstat(fd)
        if (now.st_dev, now.st_ino, now.st_size) != (found.st_dev, found.st_ino, found.st_size):
            raise ValueError("the workspace changed while it was read")
        left = found.st_size
        while left:
            data = os.read(fd, min(_CHUNK, left))
            if not data:
                raise ValueError("the workspace changed while it was read")
            left -= len(data)
            yield data
    finally:
        os.close(fd)


def _nothing(size: int) -> Iterator[bytes]:
    """In place of what nobody will look at."""
    zeros = bytes(_CHUNK)
    while size > 0:
        yield zeros[:size]
        size -= _CHUNK


def _unlock(folder: int) -> None:
    """Let ourselves into an open folder whose owner, an ordinary user and so us, closed it."""
    mode = os.fstat(folder).st_mode
    if os.geteuid() and mode & 0o700 != 0o700:
        os.fchmod(folder, stat.S_IMODE(mode) | 0o700)


def _opened(here: int, name: str, flags: int) -> int:
    """openat, also of what its owner closed to itself: an ordinary user's box is that user's."""
    try:
        return os.open(name, flags, dir_fd=here)
    except PermissionError:
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
        try:
            if stat.S_ISLNK(os.fstat(handle).st_mode):
                raise
            os.chmod(f"/proc/self/fd/{handle}", 0o700)  # noqa: PTH101 - what the descriptor says, not a path
        finally:
            os.close(handle)
        return os.open(name, flags, dir_fd=here)
