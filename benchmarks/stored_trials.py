"""What many stored trials cost to read, summarise and compare.

Writes synthetic runs (two agents and more, many tasks, every axis) and measures, in a process of its own so that its
memory is its own, reading and summarising all trials and comparing two agents. Prints seconds, the largest resident
memory, and as ratios how much of the promised 60 s and 1 GB for 10,000 trials that is.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.folder import RunInfo, TaskRef
from evaluator.scoring.composite import composite

AXES = (
    "correctness",
    "adaptability",
    "quality",
    "efficiency",
    "recovery",
    "clarification",
    "calibration",
    "deployability",
)
ROUNDS = ("fix", "feature", "refactor")
GROUPS = 8
LATER = 0.85  # of the chance of the round before
SECONDS, MEGABYTES = 60, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=50)
    parser.add_argument("--attempts", type=int, default=20)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the synthetic run here and stop")
    parser.add_argument("--measure", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    if options.keep:
        write_run(options.keep, options.agents, options.tasks, options.attempts)
        return
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        write_run(run, options.agents, options.tasks, options.attempts)
        child = [sys.executable, __file__, "--measure", str(run)]
        found = json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
    found["seconds_ratio"] = found["seconds"] / SECONDS
    found["memory_ratio"] = found["peak_mb"] / MEGABYTES
    if options.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        print(f"{key:<16} {value:>10.2f}" if isinstance(value, float) else f"{key:<16} {value:>10}")


def measure(run: Path) -> dict[str, float | int]:
    """Seconds of each step and the process's peak memory."""
    from evaluator.report.comparison import document
    from evaluator.run.folder import read_results
    from evaluator.run.results.compare import check_mixed, compare, read_sides
    from evaluator.run.results.summary import summarise

    clock = [time.perf_counter()]
    results = read_results(run)
    clock.append(time.perf_counter())
    summarise(results)
    clock.append(time.perf_counter())
    trials = len(results)
    del results
    sides = read_sides([run], ["agent-0", "agent-1"])
    document(compare(*sides, mixed=check_mixed(sides, allow=False)))
    clock.append(time.perf_counter())
    read, summarised, compared = (later - earlier for earlier, later in itertools.pairwise(clock))
    return {
        "trials": trials,
        "read_s": read,
        "summarise_s": summarised,
        "read_and_compare_s": compared,
        "seconds": clock[-1] - clock[0],
        "cpu_s": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def write_run(path: Path, agents: int, tasks: int, attempts: int) -> None:
    """A run folder of trials: agents differ in skill and price, tasks in difficulty, and later rounds go worse."""
    source = random.Random(0)
    names = [f"agent-{n}" for n in range(agents)]
    ids = [f"task-{n}" for n in range(tasks)]
    info = RunInfo(
        id="synthetic",
        created="2026-01-01T00:00:00+00:00",
        agents=tuple(names),
        tasks=tuple(TaskRef(id=task, version=1, digest="0" * 64, folder=task) for task in ids),
        attempts=attempts,
        deadline_scale=1.0,
        sandbox="docker",
        versions={"relaybench": "0"},
        machine={},
    )
    path.mkdir(parents=True, exist_ok=True)
    (path / "run.json").write_text(info.model_dump_json())
    hardness = {task: source.random() for task in ids}
    for position, agent in enumerate(names):
        skill = 0.75 - 0.4 * position / max(1, agents - 1)
        for task in ids:
            for attempt in range(1, attempts + 1):
                result = _trial(source, agent, task, attempt, min(0.98, max(0.02, skill + 0.4 - 0.6 * hardness[task])))
                folder = path / "trials" / result.name
                folder.mkdir(parents=True)
                (folder / "result.json").write_text(json.dumps(result.model_dump(mode="json"), indent=1))


def _trial(source: random.Random, agent: str, task: str, attempt: int, chance: float) -> TrialResult:
    rounds = [_round(source, number, kind, chance * LATER ** (number - 1)) for number, kind in enumerate(ROUNDS, 1)]
    price = random.Random(agent).uniform(0.2, 1.8)
    correctness = sum(round_.correctness for round_ in rounds) / len(rounds)
    scores: dict[str, float | None] = {axis: source.betavariate(4 * chance, 4 * (1 - chance)) for axis in AXES}
    scores["correctness"] = correctness
    if source.random() < 0.4:
        scores["recovery"] = None  # nothing was ever red
    return TrialResult(
        agent=agent,
        task=task,
        task_version=1,
        task_digest="0" * 64,
        attempt=attempt,
        sandbox="docker",
        outcome="completed",
        scores={**scores, "composite": composite(scores)},
        rounds=tuple(rounds),
        dollars=price * source.uniform(0.7, 1.3),
        agent_wall_s=source.uniform(50, 500),
        wall_s=source.uniform(60, 600),
    )


def _round(source: random.Random, number: int, kind: str, chance: float) -> RoundResult:
    passed = [source.random() < chance**0.3 for _ in range(GROUPS)]
    share = sum(passed) / GROUPS
    return RoundResult(
        n=number,
        kind=kind,
        strict=all(passed),
        isolated=all(passed),
        correctness=share,
        first_try=share * source.random(),
        hand_ins=1,
        groups={f"{number}-{kind}/test_group_{n}": "passed" if ok else "failed" for n, ok in enumerate(passed)},
        constraints={"keeps-money-exact": "passed"},
        wall_s=source.uniform(20, 200),
        timed_out=False,
    )


if __name__ == "__main__":
    main()
