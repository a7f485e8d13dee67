"""What a trial costs over the engine calls it needs.

Runs the three-round reference trial and records every request it sends to the Docker engine; then sends the same
requests again, one after the other, with nothing around them (programs replaced by `true`). The two alternate, so that
a drift of the machine hits both. Prints the ratio of wall time, and of the processor time of this process and its
children.
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
    parser.add_argument("--task", default="coupon-checkout")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    plan = make_plan(["reference"], [arguments.task], attempts=1, deadline_scale=1.0, sandbox="docker")
    host = open_host("docker", "benchmark")
    task = plan.trials[0].task
    image = host.image(task.manifest.language, task.requirements, lambda line: None)
    try:
        calls: list[Call] = []
        with recording(calls):
            trial(plan, host, image)
        ours, bare = [], []
        for _ in range(arguments.runs):
            ours.append(cost(lambda: trial(plan, host, image)))
            bare.append(cost(lambda: replay(calls)))
    finally:
        host.remove_all()
    report(ours, bare, calls, as_json=arguments.json)


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


def report(ours: list[Cost], bare: list[Cost], calls: list[Call], *, as_json: bool) -> None:
    """Medians, and the median of the paired ratios."""
    result = {
        "engine_calls": len(calls),
        "runs": len(ours),
        "trial_wall_s": statistics.median(c.wall for c in ours),
        "bare_wall_s": statistics.median(c.wall for c in bare),
        "wall_ratio": statistics.median(a.wall / b.wall for a, b in zip(ours, bare, strict=True)),
        "trial_cpu_s": statistics.median(c.cpu for c in ours),
        "bare_cpu_s": statistics.median(c.cpu for c in bare),
        "cpu_ratio": statistics.median(a.cpu / b.cpu for a, b in zip(ours, bare, strict=True)),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if as_json:
        print(json.dumps(result, indent=1))
        return
    print(f"{len(calls)} engine calls, {len(ours)} runs, medians")
    for kind in ("wall", "cpu"):
        ours_s, bare_s, ratio = result[f"trial_{kind}_s"], result[f"bare_{kind}_s"], result[f"{kind}_ratio"]
        print(f"{kind:<5} trial {ours_s:6.2f} s   bare {bare_s:6.2f} s   ratio {ratio:.2f}")
    print(f"memory {result['peak_memory_mb']:.0f} MB at most")


if __name__ == "__main__":
    main()
