"""Work in several threads that a person can interrupt."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait


def in_threads(work: Callable[[], None], count: int, *, stop: Callable[[], None]) -> None:
    """Call `work` in `count` threads and wait for all of them.

    On KeyboardInterrupt `stop` is called, which must make `work` return; then it is raised again.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="job")
    try:
        # Not Thread.join: interrupted, Python 3.11's takes a thread that works for one that has ended.
        working = [pool.submit(work) for _ in range(count)]
        while wait(working, 0.1).not_done:
            pass
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown()
    for done in working:
        done.result()
