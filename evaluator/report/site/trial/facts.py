"""What the numbers of a score were in each round, and what they were made from: used and allowed, found and wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluator.evidence import Grade, Measures, OwnTests
from evaluator.report.numbers import count, dollars, seconds
from evaluator.report.site.trial.told import Told
from evaluator.run.folder import RunError
from evaluator.run.stored_trial import read_bytes, read_measures
from evaluator.scoring import deployability, efficiency
from evaluator.scoring.adaptability import kept_rules
from evaluator.scoring.quality.reference import Reference, known_reference
from evaluator.scoring.quality.score import TAU, round_parts
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence, gather


@dataclass(frozen=True)
class Fact:
    """One number of one round. `words` say what it was made from."""

    round: int
    name: str
    value: float | None
    words: str


def facts(told: Told) -> Mapping[str, Sequence[Fact]]:
    """Facts by axis; none where the run holds no copy of the task, for targets and weights are the task's."""
    if told.task is None or told.result.outcome != "completed":
        return {}
    evidence, reference = _evidence(told), known_reference(told.task)
    return {
        "correctness": list(_each(evidence, _correctness)),
        "adaptability": list(_each(evidence, _adaptability)),
        "quality": list(_each(evidence, lambda one: _quality(one, reference))) if reference else [],
        "efficiency": list(_each(evidence, _efficiency)),
        "clarification": list(_each(evidence, _clarification)),
        "calibration": list(_each(evidence, _calibration)),
        "deployability": list(_each(evidence, lambda one: _deployability(one, evidence))),
    }


def _evidence(told: Told) -> TrialEvidence:
    assert told.task  # noqa: S101 - asked only where there is one
    grades: dict[int, list[Grade]] = {}
    for hand_in in told.hand_ins:
        grades.setdefault(hand_in.grade.round, []).append(hand_in.grade)
    try:
        measures = read_measures(told.home, read_bytes(told.home / "history.bundle")) or {}
    except RunError:
        measures = {}
    return gather(
        told.task,
        grades,
        told.events,
        measures,
        timed_out=[one.n for one in told.result.rounds if one.timed_out],
        flags=told.result.flags,
        start=told.result.start,
        reply_s=told.site.findings.info.profile.reply_s,
    )


def _each(evidence: TrialEvidence, of: Callable[[RoundEvidence], Iterator[Fact]]) -> Iterator[Fact]:
    for one in evidence.rounds:
        yield from of(one)


def _correctness(one: RoundEvidence) -> Iterator[Fact]:
    own = [group for group in one.grades[-1].groups.values() if group.round == one.round.number]
    green = sum(group.passed for group in own)
    yield Fact(one.round.number, "new (F)", one.last.new, f"{green} of its {len(own)} requirements, by weight")
    red = [name for name, group in one.grades[-1].groups.items() if not group.passed and group.round < one.round.number]
    words = f"of what was green before: {', '.join(red[:4])}{' …' if len(red) > 4 else ''}" if red else "nothing broke"
    yield Fact(one.round.number, "damage", one.last.damage, words)


def _adaptability(one: RoundEvidence) -> Iterator[Fact]:
    probes = one.grades[-1].probes
    if probes:
        kept = sum(probe.passed for probe in probes.values())
        yield Fact(one.round.number, "rules", kept_rules(one), f"{kept} of {len(probes)} standing rules kept")


def _quality(one: RoundEvidence, reference: Reference) -> Iterator[Fact]:
    own, number = one.measures, one.round.number
    if own is None or one.last.value == 0:
        return
    shapes = reference.shapes(number)
    for name, value in round_parts(one, own, shapes).items():
        yield Fact(number, name, value, own.failed or _of_quality(name, one, own, shapes))


def _of_quality(name: str, one: RoundEvidence, own: Measures, shapes: Sequence[Measures]) -> str:
    match name:
        case "size":
            smallest = min(shape.changed_tokens for shape in shapes)
            return f"{own.changed_tokens:,} tokens changed; the smallest solution {smallest:,}"
        case "scope":
            return f"{own.outside_tokens:,} of them outside what a solution touches"
        case "structure":
            return "; ".join(_growth(what, own, shapes) for what in TAU if getattr(own, what) is not None)
        case "tests":
            return _own_tests(one.own_tests)
        case "api" if own.api is not None:
            return f"{sum(own.api.values())} of {len(own.api)} public names unchanged"
        case _:
            return ""


def _growth(what: str, own: Measures, shapes: Sequence[Measures]) -> str:
    allowed = max(getattr(shape, what) or 0.0 for shape in shapes)
    return f"{what} {getattr(own, what):+.0f} (solution {allowed:+.0f})"


def _own_tests(judged: OwnTests | None) -> str:
    if judged is None or not judged.files:
        return "no test added" if judged else "not judged"
    killed = f"; {judged.killed} of {judged.mutants} mutants noticed" if judged.mutants else ""
    return f"{len(judged.files)} test file{'s'[: len(judged.files) != 1]}{killed}"


def _efficiency(one: RoundEvidence) -> Iterator[Fact]:
    shown = {"turns": count, "tokens": count, "dollars": dollars, "wall_s": seconds}
    spent, entry = efficiency.round_spent(one), one.round.entry
    for kind, value in efficiency.round_parts(one).items():
        if spent[kind] is not None:
            said = [shown[kind](getattr(effort, kind)) for effort in (entry.targets, entry.caps)]
            words = f"{shown[kind](spent[kind])}; target {said[0]}, cap {said[1]}"
            yield Fact(one.round.number, kind, value, words + ("" if one.last.isolated else "; unsolved, earns 0"))


def _clarification(one: RoundEvidence) -> Iterator[Fact]:
    for asked in one.asked:
        early = "" if asked.edited is False else ", after an edit"
        words = f"“{asked.question[:120]}”{early}"
        yield Fact(one.round.number, asked.fact or "nothing", 1.0 if asked.fact else 0.0, words)


def _calibration(one: RoundEvidence) -> Iterator[Fact]:
    for hand_in, (said, score) in enumerate(zip(one.statements, one.tries, strict=True), 1):
        if said and (said.confidence is not None or said.abstain):
            words = (
                f"hand-in {hand_in}: {'right' if score.isolated else 'wrong'}{', abstained' if said.abstain else ''}"
            )
            yield Fact(one.round.number, "confidence", said.confidence, words)


def _deployability(one: RoundEvidence, evidence: TrialEvidence) -> Iterator[Fact]:
    run = evidence.task.manifest.run
    start_s = run.start_s if run.service else None
    replies = [reply for usage in one.usage if usage for reply in usage.first_reply_s]
    late = f"; 95 % within {seconds(deployability.percentile(replies, 0.95))}" if replies else ""
    limits = [usage.limit_hit for usage in one.usage if usage and usage.limit_hit]
    words = {
        "deadline": "ended by the deadline" if one.timed_out else "ended before the deadline",
        "start": f"healthy after {seconds(one.grades[-1].start_s)}; {seconds(start_s)} allowed",
        "latency": f"first byte{late}; {seconds(evidence.reply_s)} allowed",
        "budget": limits[0] if limits else "no cap ended a turn",
    }
    for name, value in deployability.round_parts(one, start_s, evidence.reply_s).items():
        if value is not None:
            yield Fact(
                one.round.number, name, value, words[name] + ("" if one.last.isolated else "; unsolved, earns 0")
            )
