"""Starts bubblewrap for the boxes of one run, and holds their mounts. A program of its own; standard library only.

One single-threaded process a run, for three reasons. Boxes must die with the orchestrator: `PR_SET_PDEATHSIG` follows
the *thread* that forked, so the forking is done here and not in an orchestrator's short-lived threads; and here the
hang-up of a killed orchestrator is noticed at once. Mounts (sized tmpfs for everything an agent can write) live in a
mount namespace of this process and vanish with it. And after fork, user, limits and cgroup are set in one thread.

Requests come over a socket as JSON in a memfd, with file descriptors beside it; a JSON answer goes back.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_SLAVE = 2, 4, 4096, 16384, 1 << 19
MNT_DETACH = 2
GROUPS: set[str] = set()  # cgroups of boxes
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38


def main() -> None:
    """Serve until the orchestrator hangs up, then leave nothing. Arguments: socket, run folder, "mounts" or "plain"."""
    control, top = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    folder = f"{top}/live"
    os.umask(0o022)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for an exit status here, so the kernel may bury
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.mkdir(folder, 0o711)  # noqa: PTH102
    trouble = own_mounts(folder) if sys.argv[3] == "mounts" else "not asked for"
    base = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    answer(control, {"mounts": not trouble, "trouble": trouble}, [base])
    handlers: dict[str, Callable[..., tuple[dict[str, Any], list[int]]]] = {
        "tmpfs": tmpfs,
        "folder": plain_folder,
        "bind": bind,
        "drop": drop,
        "mind": mind,
        "spawn": spawn,
    }
    while True:
        message, fds, _, _ = socket.recv_fds(control, 16, 16)
        if not message:
            break
        try:
            with open(fds.pop(0), "rb") as file:  # noqa: PTH123
                order = json.load(file)
            answer(control, *handlers[order.pop("op")](fds, **order))
        except (OSError, ValueError) as error:
            answer(control, {"error": str(error)}, [])
        finally:
            for fd in fds:
                os.close(fd)
    end(top, folder)


def answer(control: socket.socket, message: dict[str, Any], fds: list[int]) -> None:
    """Send one answer; the descriptors are then the orchestrator's."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # hung up: noticed by the next read
        socket.send_fds(control, [json.dumps(message).encode()], fds)
    for fd in fds:
        os.close(fd)


def own_mounts(folder: str) -> str:
    """Enter a mount namespace (an ordinary user: by way of a user namespace); "" or why that cannot be."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0:
            checked(LIBC.unshare(CLONE_NEWNS))
        else:
            checked(LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS))
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
                    file.write(text)
        mount("none", "/", "", MS_REC | MS_SLAVE, "")
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,mode=0711")
    except OSError as error:
        return str(error)
    return ""


def tmpfs(_: list[int], path: str, options: str) -> tuple[dict[str, Any], list[int]]:
    """A new folder with a tmpfs on it, and its descriptor."""
    os.mkdir(path)  # noqa: PTH102
    mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options)
    return {}, [os.open(path, os.O_RDONLY | os.O_DIRECTORY)]


def plain_folder(_: list[int], path: str, uid: int, mode: int) -> tuple[dict[str, Any], list[int]]:
    """A new folder where nothing can be mounted, and its descriptor."""
    os.mkdir(path)  # noqa: PTH102
    os.chmod(path, mode)  # noqa: PTH101
    if os.geteuid() == 0:
        os.chown(path, uid, uid)
    return {}, [os.open(path, os.O_RDONLY | os.O_DIRECTORY)]


def bind(_: list[int], source: str, path: str) -> tuple[dict[str, Any], list[int]]:
    """Show a folder of the host, that perhaps only root can reach, at `path`."""
    os.mkdir(path)  # noqa: PTH102
    mount(source, path, "", MS_BIND | MS_REC, "")
    return {}, []


def drop(_: list[int], path: str) -> tuple[dict[str, Any], list[int]]:
    """Unmount and remove a folder."""
    LIBC.umount2(path.encode(), MNT_DETACH)
    scrub(path)
    return {}, []


def mind(_: list[int], cgroups: list[str]) -> tuple[dict[str, Any], list[int]]:
    """Remember cgroups to remove at the end, if their box has not."""
    GROUPS.update(cgroups)
    return {}, []


def spawn(fds: list[int], **order: Any) -> tuple[dict[str, Any], list[int]]:
    """Start a program with `fds` as its 0, 1, 2, ...; its process id."""
    ours = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            become(fds, ours, **order)
        except BaseException as error:
            os.write(2, f"launcher: {error}\n".encode())
        finally:
            os._exit(1)
    return {"pid": child}, []


def become(
    fds: list[int], parent: int, argv: list[str], uid: int | None, cgroups: list[str], limits: dict[str, int], oom: int
) -> None:
    """In the child: turn into `argv`, with nothing of this process left."""
    # First out of the way of the numbers they shall have, each keeping its own description.
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for fd in fds]
    for number, fd in enumerate(moved):
        os.dup2(fd, number)
    os.closerange(len(fds), 4096)
    for path in cgroups:
        with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
            file.write("0")
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(str(oom))
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    # After the change of user, which clears it. If the parent died in between, nobody would send the signal.
    checked(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if os.getppid() != parent:
        os._exit(1)
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (bound, bound))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.setsid()
    os.umask(0o022)
    os.chdir("/")
    os.execve(argv[0], argv, {})  # noqa: S606


def end(top: str, folder: str) -> None:
    """Kill what was started, wait until it is gone, remove the folder and this run's cgroups."""
    for group in GROUPS:
        with contextlib.suppress(OSError), open(f"{group}/freezer.state", "r+", encoding="ascii") as file:  # noqa: PTH123
            file.write("THAWED")  # the dead stay undead in a frozen cgroup
    while children := descendants():
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        signal.sigtimedwait([], 0.005)
    deadline = time.monotonic() + 2  # the dead leave their groups a moment later
    for group in GROUPS:
        while os.path.isdir(group) and time.monotonic() < deadline:  # noqa: PTH112
            try:
                os.rmdir(group)  # noqa: PTH106
            except OSError:
                time.sleep(0.005)
    LIBC.umount2(folder.encode(), MNT_DETACH)
    scrub(top)


def descendants() -> list[int]:
    """Children, among them what a killed bubblewrap left to us."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123
            return [int(pid) for pid in file.read().split()]
    except FileNotFoundError:  # a kernel without this list; they end with us all the same
        return []


def scrub(path: str) -> None:
    """Remove a folder whatever an agent made of it: closed folders, 2,000 levels. Links are not followed."""
    try:
        os.rmdir(path)  # noqa: PTH106 - the usual case: it was only a mount point
    except FileNotFoundError:
        return
    except OSError:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        chmod, rm = shutil.which("chmod") or "/bin/chmod", shutil.which("rm") or "/bin/rm"
        subprocess.run([chmod, "-R", "u+rwX", path], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run([rm, "-rf", "--one-file-system", path], check=False, **quiet)  # type: ignore[call-overload]


def mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    """mount(2)."""
    checked(LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), target)


def checked(result: int, what: str | None = None) -> None:
    """Raise OSError when a C call failed."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


if __name__ == "__main__":
    main()
