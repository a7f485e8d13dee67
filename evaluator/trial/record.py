"""What a trial leaves behind, before it is put on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaluator.evidence import Event, Grade, Measures, TrialResult
from evaluator.task import Round
from harness.sandbox import Tree


@dataclass
class RoundRecord:
    """One round as it went: what a person or a score may want to see of it. `diffs` are against the round's start.

    `start` and `end` are the workspace, as far as it could be read, before the first and after the last hand-in.
    """

    round: Round
    messages: list[str] = field(default_factory=list)
    diffs: list[bytes] = field(default_factory=list)
    grades: list[Grade] = field(default_factory=list)
    start: Tree = field(default_factory=dict)
    end: Tree = field(default_factory=dict)
    agent_s: float = 0.0
    timed_out: bool = False


@dataclass
class TrialRecord:
    """Everything a trial leaves behind. `bundle` is its history in one file, `measures` what its rounds measure.

    `trajectory` is an ATIF document, None where no models were metered.
    """

    result: TrialResult
    events: list[Event]
    rounds: list[RoundRecord]
    bundle: bytes
    measures: dict[int, Measures | None] = field(default_factory=dict)
    trajectory: dict[str, Any] | None = None
