"""What scoring costs: one stored trial of three rounds, and a run of ten thousand.

The trials are the ladder's scripted agents (ladder.json), stored as a run would store them; the many differ in their
names only and share files by hard links. `measure_ms` is static analysis from the history, `score_ms` everything else,
`rescore_s` a whole `relaybench rescore` of the many. No boxes, no agents.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ladder

from evaluator.evidence import Grade, Measures
from evaluator.run.folder import RunFolder, RunInfo, TaskRef, read_results, result_file
from evaluator.run.rescore import rescore
from evaluator.run.results.summary import summarise
from evaluator.run.stored_tasks import store_reference, store_task
from evaluator.run.stored_trial import read_trial
from evaluator.scoring.quality.measurer import shared
from evaluator.scoring.quality.reference import measure_rounds, reference
from evaluator.scoring.rounds import gather
from evaluator.scoring.trial import score_trial
from evaluator.task import Task, load_task
from evaluator.trial.history import History
from evaluator.trial.record import RoundRecord, TrialRecord
from evaluator.trial.trial import TrialSpec, trial_result

PROMISED_TRIAL_MS, PROMISED_RUN_S, PROMISED_TRIALS, PROMISED_MB = 500.0, 60.0, 10_000, 1_000


class Nowhere:
    """The host of trials that no box has seen."""

    kind, limits = "none", "full"


NOWHERE: Any = Nowhere()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=PROMISED_TRIALS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    task = load_task(ladder.TASK)
    with tempfile.TemporaryDirectory(prefix="relaybench-scoring-") as folder:
        run = Path(folder) / "run"
        records = list(stored(task, Path(folder)))
        fill(run, task, records, arguments.trials)
        found = {**one_trial(run, task, records), **many_trials(run, arguments.trials)}
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:24} {value:10.3f}")


def stored(task: Task, scratch: Path) -> Iterator[TrialRecord]:
    """The ladder's agents as finished trials."""
    evidence = json.loads(ladder.EVIDENCE.read_text(encoding="utf-8"))
    for number, script in enumerate(ladder.scripts(task)):
        own = evidence["agents"][script.name]
        grades = {int(n): [Grade.model_validate(one) for one in each] for n, each in own["grades"].items()}
        measures = {int(n): one and Measures.model_validate(one) for n, one in own["measures"].items()}
        history = History(scratch / f"{number}.git", task.seed)
        records, before = [], task.seed
        for round_ in task.rounds:
            works = script.works[round_.number - 1][: len(grades[round_.number])]
            for work in works:
                history.commit(work, "work")
            history.tag(f"round-{round_.number}")
            size = len(works)
            records.append(
                RoundRecord(round_, ["please"] * size, [b"diff"] * size, grades[round_.number], before, works[-1])
            )
            before = works[-1]
        bundle = scratch / f"{number}.bundle"
        history.bundle(bundle)
        events = list(ladder.events_of(task, script, own, grades))
        spec = TrialSpec(f"agent-{number}", task, 1)
        result = trial_result(
            spec, host=NOWHERE, records=records, events=events, measures=measures, flags=script.flags, wall_s=1
        )
        yield TrialRecord(result, events, records, bundle.read_bytes(), measures)


def fill(run: Path, task: Task, records: list[TrialRecord], trials: int) -> None:
    """Store the records, then as many more attempts as it takes."""
    ref = TaskRef(id=task.id, version=task.manifest.version, digest=task.digest, folder=task.id)
    agents = tuple(record.result.agent for record in records)
    info = RunInfo(
        id="r", created="now", agents=agents, tasks=(ref,), attempts=trials, deadline_scale=1, sandbox="none",
        versions={}, machine={},
    )  # fmt: skip
    with RunFolder(run) as folder:
        folder.write_info(info)
        store_task(run, task)
        store_reference(run, task)
        for record in records:
            folder.save(record)
    for number in range(len(records), trials):
        record = records[number % len(records)]
        copy = record.result.model_copy(update={"attempt": number // len(records) + 1})
        first, place = run / "trials" / record.result.name, run / "trials" / copy.name
        for path in first.rglob("*"):
            target = place / path.relative_to(first)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.name == "result.json":
                target.write_bytes(result_file(copy))
            elif path.is_file():
                os.link(path, target)


def one_trial(run: Path, task: Task, records: list[TrialRecord]) -> dict[str, float]:
    """Milliseconds for one trial of three rounds, the mean over the ladder."""
    own = reference(task)
    began, cpu = time.perf_counter(), processor_s()
    for record in records:
        measure_rounds(task, {one.round.number: (one.start, one.end) for one in record.rounds})
    measured = time.perf_counter()
    for record in records:
        kept = read_trial(run / "trials" / record.result.name)
        score_trial(gather(task, kept.grades, kept.events, kept.measures or {}), own)
    scored = time.perf_counter()
    shared().close()  # its processor time counts once it has ended
    measure_ms, score_ms = ((b - a) / len(records) * 1e3 for a, b in ((began, measured), (measured, scored)))
    return {
        "measure_ms": measure_ms,
        "score_ms": score_ms,
        "both_cpu_ms": (processor_s() - cpu) / len(records) * 1e3,
        "trial_to_promise_ratio": (measure_ms + score_ms) / PROMISED_TRIAL_MS,
    }


def many_trials(run: Path, trials: int) -> dict[str, float]:
    """Seconds and memory for rescoring and summarising a whole run, twice: the second time nothing changes."""
    began, cpu = time.perf_counter(), processor_s()
    rescore(run)
    seconds, cpu = time.perf_counter() - began, processor_s() - cpu
    began = time.perf_counter()
    results = read_results(run)
    summarise(results)
    summary_s = time.perf_counter() - began
    assert len(results) == trials
    assert rescore(run).changed == 0
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return {
        "trials": float(trials),
        "rescore_s": seconds,
        "rescore_cpu_s": cpu,
        "of_it_summary_s": summary_s,
        "trials_per_s": trials / seconds,
        "peak_mb": peak,
        "rescore_to_promise_ratio": seconds / trials / (PROMISED_RUN_S / PROMISED_TRIALS),
        "memory_to_promise_ratio": peak / PROMISED_MB,
    }


def processor_s() -> float:
    """Seconds of processor time, children included."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    main()
