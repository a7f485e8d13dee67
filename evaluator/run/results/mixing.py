"""What must agree before trials are set side by side: boxes, their limits, the clock, the profile, the
scoring, the tasks' bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluator.evidence import TrialResult
from evaluator.run.folder import RunInfo


@dataclass(frozen=True)
class Source:
    """Trials from one place. `name` is what a sentence calls it."""

    name: str
    info: RunInfo
    results: Sequence[TrialResult]


def conflicts(sources: Sequence[Source]) -> list[str]:
    """One sentence for each fact in which these trials differ, naming two that do. Empty: they may be compared."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    sentences: dict[tuple[str, str], str] = {}
    for source in sources:
        for key, value in _facts(source):
            first, where = found.setdefault(key, (value, source.name))
            if value != first:
                sentences.setdefault(key, _sentence(key, first, where, value, source.name))
    return list(sentences.values())


def _facts(source: Source) -> Iterator[tuple[tuple[str, str], str]]:
    yield ("deadline scale", ""), f"{source.info.deadline_scale:g}"
    yield ("profile", ""), str(source.info.profile)
    for result in source.results:
        if result.outcome == "completed":
            yield ("kind of box", ""), result.sandbox
            yield ("limits of the boxes", ""), result.limits
            yield ("scoring version", ""), str(result.scoring_version)
            yield ("task", result.task), f"version {result.task_version} ({result.task_digest[:12]})"


def _sentence(key: tuple[str, str], first: str, where: str, other: str, there: str) -> str:
    what = " ".join(key).rstrip()
    return f"Different {what}: {first} in {where}, {other} in {there}."
