"""All trials of runs as one table, a row a trial: for notebooks, spreadsheets and databases.

A round's columns end in its number ("round_strict_1"), so that `pandas.wide_to_long` and the like make a row a round of
them. What was not measured is empty, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluator.evidence import Metered, TrialResult
from evaluator.run.folder import RunInfo, read_info, read_results
from evaluator.run.results.counted import completed, whole_chain
from evaluator.run.stored_trial import read_events
from harness.sandbox.tree import printable

Kind = Literal["text", "int", "float", "bool"]
Value = str | int | float | bool | None

ABOUT: dict[str, Kind] = {
    "run": "text", "agent": "text", "task": "text", "task_version": "int", "task_digest": "text", "attempt": "int",
    "variant": "text", "start": "int", "counted": "bool", "outcome": "text", "error": "text", "flags": "text",
}  # fmt: skip
SPENT: dict[str, Kind] = {
    "dollars": "float", "calls": "int", "failed_calls": "int", "input_tokens": "int", "cached_tokens": "int",
    "output_tokens": "int", "reasoning_tokens": "int", "questions": "int", "agent_wall_s": "float", "wall_s": "float",
}  # fmt: skip
MADE: dict[str, Kind] = {
    "sandbox": "text", "limits": "text", "profile": "text", "model": "text", "deadline_scale": "float",
    "relaybench": "text", "python": "text", "agent_version": "text", "scoring_version": "int", "created": "text",
}  # fmt: skip
ROUND: dict[str, Kind] = {
    "kind": "text", "strict": "bool", "isolated": "bool", "correctness": "float", "first_try": "float",
    "hand_ins": "int", "wall_s": "float", "timed_out": "bool", "red": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """`columns` maps names to kinds, in order; a row has a value for each of them."""

    columns: dict[str, Kind]
    rows: list[list[Value]]


def trial_table(runs: Sequence[Path]) -> Table:
    """All trials of these runs; those that broke, or serve a comparison, are not `counted`. Raises `RunError`."""
    found: list[dict[str, Value]] = []
    for run in runs:
        info, results = read_info(run), read_results(run)
        scored = {result.name for result in completed(results)}
        for result in results:
            found.append(dict(_row(run, info, result, counted=result.name in scored)))
    columns = _columns(found)
    return Table(columns, [[row.get(name) for name in columns] for row in found])


def _columns(rows: Iterable[dict[str, Value]]) -> dict[str, Kind]:
    """The fixed columns and, between them, those that only the trials know: axes, weightings, sub-skills, rounds."""
    names = dict.fromkeys(name for row in rows for name in row)
    scores: dict[str, Kind] = {name: "float" for name in names if name.startswith(("score_", "skill_"))}
    most = max((int(name.rpartition("_")[2]) for name in names if name.startswith("round_")), default=0)
    rounds = {f"round_{name}_{number}": kind for number in range(1, most + 1) for name, kind in ROUND.items()}
    summed: dict[str, Kind] = {"first_try": "float", "whole_chain": "bool"}
    return {**ABOUT, **scores, **summed, **SPENT, **MADE, **rounds}


def _row(run: Path, info: RunInfo, result: TrialResult, *, counted: bool) -> Iterator[tuple[str, Value]]:
    plain = result.model_dump(include={*ABOUT, *SPENT, *MADE} - {"flags"})
    plain |= {"run": info.id, "created": info.created, "counted": counted, "flags": "; ".join(result.flags)}
    plain |= {"profile": info.profile.name, "model": info.model_of(result.agent), "deadline_scale": info.deadline_scale}
    plain |= {"relaybench": info.versions.get("relaybench"), "python": info.versions.get("python")}
    plain |= {"agent_version": info.versions.get(result.agent)}
    for name, value in plain.items():
        yield name, printable(value, 1_000) if isinstance(value, str) else value
    yield from ((f"score_{axis}", value) for axis, value in result.scores.items())
    yield from ((f"score_composite_{name}", value) for name, value in result.composites.items())
    yield from ((f"skill_{name}", value) for name, value in result.subskills.items())
    yield from _spent(run, result)
    if result.rounds:
        yield "first_try", sum(round_.first_try for round_ in result.rounds) / len(result.rounds)
        yield "whole_chain", whole_chain(result)
    for round_ in result.rounds:
        red = "; ".join(printable(name) for name, said in round_.groups.items() if said == "failed")
        for name, value in {**round_.model_dump(include=set(ROUND)), "red": red}.items():
            yield f"round_{name}_{round_.n}", value


def _spent(run: Path, result: TrialResult) -> Iterator[tuple[str, Value]]:
    """The sums over a trial's turns; nothing where no turn was metered."""
    file = run / "trials" / result.name / "events.jsonl"
    events = read_events(file, "metered") if file.exists() else []
    turns = [event.usage for event in events if isinstance(event, Metered)]
    if turns:
        yield "calls", sum(usage.calls for usage in turns)
        yield "failed_calls", sum(usage.failed for usage in turns)
        for name in ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"):
            yield name, sum(getattr(usage, name) for usage in turns)
