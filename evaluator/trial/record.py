"""What a trial leaves behind, before it is put on disk."""

from __future__ import annotations

from dataclasses import dataclass, field

from evaluator.evidence import Event, Grade, TrialResult
from evaluator.task import Round


@dataclass
class RoundRecord:
    """One round as it went: what a person or a score may want to see of it. `diffs` are against the round's start."""

    round: Round
    messages: list[str] = field(default_factory=list)
    diffs: list[bytes] = field(default_factory=list)
    grades: list[Grade] = field(default_factory=list)
    agent_s: float = 0.0
    timed_out: bool = False


@dataclass
class TrialRecord:
    """Everything a trial leaves behind. `bundle` is its history in one file."""

    result: TrialResult
    events: list[Event]
    rounds: list[RoundRecord]
    bundle: bytes
