"""What one stored trial holds: read for scores and for reports. Where it lies is told in `folder.py`.

A trial that an infrastructure error ended has events only; a trial without models has no ledger and no trajectory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from evaluator.evidence import MEASURES_VERSION, Event, Grade, Measures
from evaluator.run.folder import MeasuresFile, RunError, read_model

if TYPE_CHECKING:
    from harness.gateway import Call

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


@dataclass(frozen=True)
class StoredTrial:
    """What a trial's scores are computed from. `measures` is None when they have to be taken again, from `bundle`."""

    grades: dict[int, list[Grade]]
    events: list[Event]
    bundle: bytes
    measures: Mapping[int, Measures | None] | None


@dataclass(frozen=True)
class StoredHandIn:
    """One graded hand-in. `slug` is its round's name ("1-fix"), `diff` the patch from the round's start."""

    slug: str
    grade: Grade
    diff: bytes


def read_trial(trial: Path) -> StoredTrial:
    """What the scores of the trial in this folder are computed from. Raises `RunError`."""
    grades: dict[int, list[Grade]] = {}
    for hand_in in read_hand_ins(trial, with_diffs=False):
        grades.setdefault(hand_in.grade.round, []).append(hand_in.grade)
    bundle = read_bytes(trial / "history.bundle")
    return StoredTrial(grades, read_events(trial / "events.jsonl"), bundle, read_measures(trial, bundle))


def read_hand_ins(trial: Path, *, with_diffs: bool = True) -> list[StoredHandIn]:
    """The graded hand-ins of a trial, in order. Raises `RunError`."""
    homes = [file.parent for file in (trial / "rounds").glob("*/grade.json")]
    homes += [file.parent for file in (trial / "rounds").glob("*/hand-in-*/grade.json")]
    found = [
        StoredHandIn(
            slug=home.parent.name if home.name.startswith("hand-in-") else home.name,
            grade=read_model(home / "grade.json", Grade),
            diff=read_bytes(home / "diff.patch") if with_diffs else b"",
        )
        for home in homes
    ]
    return sorted(found, key=lambda hand_in: (hand_in.grade.round, hand_in.grade.hand_in))


def read_events(file: Path, kind: str = "") -> list[Event]:
    """The events in an events.jsonl, also of one that is being written: half a line at its end is left out.

    With `kind` only events of that kind, and the others are not even parsed. Raises `RunError`.
    """
    mark = f'"event":"{kind}"'.encode() if kind else b""  # in a text of somebody's its quotes would be escaped
    lines = read_bytes(file).split(b"\n")
    try:
        return [_EVENT.validate_json(line) for line in lines[:-1] if mark in line]
    except ValidationError as error:
        raise RunError(f"{file}: {error.errors()[0]['msg']}") from error


def read_calls(ledger: Path) -> list[Call]:
    """The model calls in a ledger.jsonl in the order in which they began, also of one that is being written.

    None where there is no such file: no model was metered. Raises `RunError`.
    """
    if not ledger.exists():
        return []
    from harness.gateway import Call  # costs half a second, which most commands need not pay

    lines = read_bytes(ledger).split(b"\n")
    try:
        return sorted((Call.model_validate_json(line) for line in lines[:-1]), key=lambda call: call.id)
    except ValidationError as error:
        raise RunError(f"{ledger}: cannot be read: {error.errors()[0]['msg']}") from error


def read_trajectory(trial: Path) -> dict[str, Any] | None:
    """The trial's trajectory (ATIF), None where there is none. Raises `RunError`."""
    file = trial / "trajectory.json"
    if not file.exists():
        return None
    try:
        document = json.loads(read_bytes(file))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file}: is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise RunError(f"{file}: is not a JSON object")
    return document


def read_bytes(file: Path) -> bytes:
    """A file's content. Raises `RunError`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror})") from error


def read_measures(trial: Path, bundle: bytes) -> Mapping[int, Measures | None] | None:
    """What static analysis saw of each round, None where that is not known of this history. Raises `RunError`."""
    if not (trial / "measures.json").exists():
        return None
    stored: MeasuresFile = read_model(trial / "measures.json", MeasuresFile)
    same = stored.version == MEASURES_VERSION and stored.history == hashlib.sha256(bundle).hexdigest()
    return stored.rounds if same else None
