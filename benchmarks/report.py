"""What pages cost: a written report of 1,000 trials, and the viewer over 10,000.

The report's trials are made of real works of two tasks (tests/support/made_run.py), each with its changes, steps and
model calls; the many are the same ones again. The viewer's have results only, as its lists and summaries use no more;
it runs as a process of its own and is asked as a browser would: `cold` is the first request of a kind of page, `warm`
the median of ten more. Ratios are to the promises: 20 s, 1 MB a page (changes apart), 200 ms for a list, 300 ms for a
page.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import stored_trials

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

import made_run  # type: ignore[import-not-found]  # noqa: E402

from evaluator.report.site.write import write_site  # noqa: E402

PROMISED_S, PROMISED_BYTES, PROMISED_LIST_MS, PROMISED_PAGE_MS = 20.0, 1_000_000, 200.0, 300.0
TASKS = (made_run.SMALLEST, ROOT / "task_repos/coupon-checkout")
LISTS = ("trials.html", "trials-7.html", "trials.html?agent=agent-3&outcome=partly")
PAGES = (
    "index.html",
    "compare.html",
    "agents/agent-1.html",
    "tasks/task-2.html",
    "compare/agent-3~~agent-2.html",
    "compare/agent-5~~agent-4.html",
    "trials/agent-1--task-2--3/index.html",
)
WARM = 10  # requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000, help="of the written report")
    parser.add_argument("--followed", type=int, default=10_000, help="of the viewer's run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relaybench-report-") as folder:
        found = {**written(Path(folder), options.trials), **viewed(Path(folder), options.followed)}
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value:12.3f}")


def written(folder: Path, trials: int) -> dict[str, float]:
    """A report from disk to disk, in as many processes as there are processors."""
    run = made_run.make_run(folder / "made", tasks=TASKS, control=True)
    many = made_run.multiply(run, folder / "many", trials)
    began, cpu = time.perf_counter(), processor_s()
    pages = write_site([many], folder / "report")
    seconds, cpu = time.perf_counter() - began, processor_s() - cpu
    sizes = {file: file.stat().st_size for file in (folder / "report").rglob("*.html")}
    largest = max(size for file, size in sizes.items() if not file.name.startswith("diff-"))
    stored = len(list((many / "trials").iterdir()))
    return {
        "trials": float(stored),
        "pages": float(pages),
        "megabytes": sum(sizes.values()) / 1e6,
        "largest_page_kb": largest / 1e3,
        "largest_change_kb": max(size for file, size in sizes.items() if file.name.startswith("diff-")) / 1e3,
        "report_s": seconds,
        "report_cpu_s": cpu,
        "trial_cpu_ms": cpu / stored * 1e3,
        "report_to_promise_ratio": seconds / stored / (PROMISED_S / 1_000),
        "page_size_to_promise_ratio": largest / PROMISED_BYTES,
    }


def viewed(folder: Path, trials: int) -> dict[str, float]:
    """The viewer's answers, in milliseconds."""
    run = folder / "followed"
    stored_trials.write_run(run, agents=10, tasks=50, attempts=trials // 500)
    command = [str(Path(sys.executable).with_name("relaybench")), "view", str(run), "--port", "0", "--no-open"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            said = re.match(r"(http://\S+)/", process.stdout.readline())
            assert said
            start_s = time.perf_counter() - began
            fetch(f"{said[1]}/assets/site.css")
            lists = [timed(f"{said[1]}/{address}") for address in LISTS]
            pages = [timed(f"{said[1]}/{address}") for address in PAGES]
        finally:
            process.terminate()
    cold_list, cold_page = (max(cold for cold, _ in times) for times in (lists, pages))
    return {
        "followed": float(trials),
        "viewer_start_s": start_s,
        "list_cold_ms": cold_list,
        "list_warm_ms": max(warm for _, warm in lists),
        "page_cold_ms": cold_page,
        "page_warm_ms": max(warm for _, warm in pages),
        "list_to_promise_ratio": cold_list / PROMISED_LIST_MS,
        "page_to_promise_ratio": cold_page / PROMISED_PAGE_MS,
    }


def timed(address: str) -> tuple[float, float]:
    """The first answer, and the median of some more."""
    return fetch(address), statistics.median(fetch(address) for _ in range(WARM))


def fetch(address: str) -> float:
    """Milliseconds until an answer is there whole."""
    began = time.perf_counter()
    with urllib.request.urlopen(address) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1e3


def processor_s() -> float:
    """Seconds of processor time, children included."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    main()
