"""Ends every process of its own user but itself, when told to. Started before the agent, as the agent's user.

Frames: {"names": bool} -> {"killed"}: nothing of that user can run any more, then {"done", "names"}: all are dead, and
what was alive before, if asked for. At the start: {"ready"}.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

from harness.inside.wire import Wire


def main() -> None:
    """Serve until the orchestrator hangs up."""
    # The same user may not read our pipes, or answer in our place; it may only stop us, and that is noticed.
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    wire = Wire()
    wire.send({"ready": True})
    while (frame := wire.receive()) is not None:
        names = list(alive()) if frame["names"] else []
        kill_all()
        wire.send({"killed": True})
        while next(alive(), None) is not None:
            kill_all()
        wire.send({"done": True, "names": names[:50]})


def kill_all() -> None:
    """This spares only its caller and process 1; a process in the middle of forking dies before its child is born."""
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def alive() -> Iterator[str]:
    """The names of this user's other processes. The dead that process 1 has not buried yet (Z, X) do not count."""
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            os.kill(int(entry), 0)
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                head, _, tail = file.read().rpartition(")")
        except OSError:
            continue
        if tail.split()[0] not in ("Z", "X"):
            yield head.partition("(")[2]


if __name__ == "__main__":
    main()
