"""What a trial costs over the engine calls it needs.

Runs the three-round reference trial and records every request it sends to the Docker engine; then sends the same
requests again, one after the other, with nothing around them (programs replaced by `true`). The two alternate, so that
a drift of the machine hits both. Prints the ratio of wall time, and of the processor time of this process and its
children; `tests` is the part of the trial in which hidden tests ran, which no orchestrator can save.

Two tasks: the smallest whole one shows what relaybench itself costs, coupon-checkout what a real suite adds.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import docker
import requests

from evaluator.run.folder import RunFolder
from evaluator.run.hosts import open_host
from evaluator.run.plan import Plan, make_plan
from evaluator.trial.grading import Bench
from evaluator.trial.grading_boxes import Oracle
from evaluator.trial.trial import run_trial


@dataclass(frozen=True)
class Call:
    """One recorded request: the path without its version, ids replaced by the order in which they appeared."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and of processor time."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", action="append", help="default: evaluator/task/smallest/tally and coupon-checkout")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    results = {}
    for task in arguments.task or ["evaluator/task/smallest/tally", "coupon-checkout"]:
        name = Path(task).name.replace("-", "_")
        results[name] = measure(task, arguments.runs)
        if not arguments.json:
            show(name, results[name])
    if arguments.json:
        first = next(iter(results.values()))
        flat = {f"{name}_{key}": value for name, result in results.items() for key, value in result.items()}
        print(json.dumps({"wall_ratio": first["wall_ratio"], "cpu_ratio": first["cpu_ratio"], **flat}, indent=1))


def measure(task_name: str, runs: int) -> dict[str, float]:
    """Medians over `runs` trials and as many replays."""
    plan = make_plan(["reference"], [task_name], attempts=1, deadline_scale=1.0, own_tests=False, sandbox="docker")
    host = open_host("docker", "benchmark")
    task = plan.trials[0].task
    image = host.image(task.manifest.language, task.requirements, lambda line: None)
    ours, bare, tests = [], [], []
    try:
        calls: list[Call] = []
        with recording(calls):
            trial(plan, host, image)
        for _ in range(runs):
            with timing_tests() as spent:
                ours.append(cost(lambda: trial(plan, host, image)))
            tests.append(sum(spent))
            bare.append(cost(lambda: replay(calls)))
    finally:
        host.remove_all()
    pairs = list(zip(ours, bare, tests, strict=True))
    return {
        "engine_calls": len(calls),
        "runs": runs,
        "trial_wall_s": statistics.median(cost.wall for cost in ours),
        "tests_wall_s": statistics.median(tests),
        "bare_wall_s": statistics.median(cost.wall for cost in bare),
        "wall_ratio": statistics.median(a.wall / b.wall for a, b, _ in pairs),
        "beside_tests_wall_ratio": statistics.median((a.wall - t) / b.wall for a, b, t in pairs),
        "trial_cpu_s": statistics.median(cost.cpu for cost in ours),
        "bare_cpu_s": statistics.median(cost.cpu for cost in bare),
        "cpu_ratio": statistics.median(a.cpu / b.cpu for a, b, _ in pairs),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def show(name: str, result: dict[str, float]) -> None:
    """One task's numbers for people."""
    print(f"{name}: {result['engine_calls']:.0f} engine calls, {result['runs']:.0f} runs, medians")
    for kind in ("wall", "cpu"):
        ours, bare, ratio = result[f"trial_{kind}_s"], result[f"bare_{kind}_s"], result[f"{kind}_ratio"]
        print(f"  {kind:<6} trial {ours:6.2f} s   bare calls {bare:6.2f} s   ratio {ratio:.2f}")
    beside = result["beside_tests_wall_ratio"]
    print(f"  tests  {result['tests_wall_s']:6.2f} s of the trial; ratio of what is beside them {beside:.2f}")
    print(f"  memory {result['peak_memory_mb']:6.0f} MB at most")


@contextmanager
def timing_tests() -> Iterator[list[float]]:
    """The seconds that each grade's hidden tests ran."""
    grade, spent = Oracle.grade, []

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return grade(*arguments)
        finally:
            spent.append(time.perf_counter() - started)

    with mock.patch.object(Oracle, "grade", timed):
        yield spent


def trial(plan: Plan, host: Any, image: str) -> None:
    """One trial from an empty bench to a stored folder."""
    spec = plan.trials[0]
    with (
        tempfile.TemporaryDirectory() as place,
        RunFolder(Path(place)) as folder,
        Bench(host, lambda line: None) as bench,
        folder.scratch(spec.name) as scratch,
    ):
        record = run_trial(spec, plan.agent(spec), host, bench, image, scratch=scratch, watch=lambda event: None)
        folder.save(record)
    assert all(round_.strict for round_ in record.result.rounds), record.result


@contextmanager
def recording(calls: list[Call]) -> Iterator[None]:
    """Keep every request that any client sends to the engine."""
    send, lock, names = docker.APIClient.send, threading.Lock(), Names()

    def spy(client: docker.APIClient, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = send(client, request, **options)
        path = re.sub(r"^.*?/v[\d.]+", "", request.url or "")
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        with lock:
            calls.append(
                Call(request.method or "", names.hide(path), names.hide(body.decode("latin1")).encode("latin1"))
            )
            if path.startswith(("/containers/create", "/exec/create")) or path.endswith("/exec"):
                names.learn(response.json()["Id"])
        return response

    with mock.patch.object(docker.APIClient, "send", spy):
        yield


class Names:
    """Ids that the engine gave, in order."""

    def __init__(self) -> None:
        self._known: list[str] = []

    def learn(self, name: str) -> None:
        self._known.append(name)

    def hide(self, text: str) -> str:
        for number, name in enumerate(self._known):
            text = text.replace(name, f"<{number}>")
        return text

    def show(self, text: str) -> str:
        return re.sub(r"<(\d+)>", lambda found: self._known[int(found[1])], text)


def replay(calls: list[Call]) -> None:
    """Send the recorded requests again, programs replaced by `true`; unanswered streams are read to their end."""
    client, names = docker.APIClient(version="auto", timeout=60), Names()
    base = f"{client.base_url}/v{client.api_version}"
    for call in calls:
        body: Any = names.show(call.body.decode("latin1")).encode("latin1")
        headers = {} if call.path.endswith("/archive") else {"Content-Type": "application/json"}
        is_exec = call.path.endswith("/exec")
        if is_exec:
            body = json.dumps({**json.loads(body), "Cmd": ["true"], "AttachStdin": False}).encode()
        url = base + names.show(call.path)
        response = client.request(call.method, url, data=body, headers=headers, timeout=60)
        response.raise_for_status()
        answer = response.content
        if is_exec or call.path.startswith("/containers/create"):
            names.learn(json.loads(answer)["Id"])
    client.close()


def cost(work: Callable[[], None]) -> Cost:
    """What `work` took."""
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
