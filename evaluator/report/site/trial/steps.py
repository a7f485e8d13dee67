"""The trajectory as pages: every message, command and output, in pieces that a browser takes easily."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.trial.actions import shell_command

PAGE = 300_000  # characters of text on one page
HEAD, TAIL = 6_000, 3_000  # of an output or argument that is longer than both
WHOLE = 4 << 20  # characters of an output that is kept whole beside the pages; the rest is in trajectory.json


@dataclass(frozen=True)
class Text:
    """A text, or its two ends. `length` is that of the whole, `cut` how much is missing between them."""

    head: str
    tail: str = ""
    length: int = 0
    cut: int = 0


@dataclass(frozen=True)
class ToolCall:
    """A tool that was called, with what came of it. `command`: it is a shell command. `whole` is its file's number."""

    name: str
    command: bool
    given: Text
    results: Sequence[tuple[Text, bool]]  # text, whether the tool said that it failed
    whole: Sequence[int] = ()


@dataclass(frozen=True)
class Step:
    """One step of the trajectory."""

    number: int
    source: str
    round: int
    hand_in: int
    message: Text
    reasoning: Text
    calls: Sequence[ToolCall]
    metrics: Mapping[str, Any]
    model_calls: Sequence[int]
    model: str
    auxiliary: bool
    failed_calls: Sequence[Mapping[str, Any]]
    size: int


@dataclass(frozen=True)
class StepsPage:
    """One page: which steps stand on it, and from which round to which."""

    steps: Sequence[Step]
    rounds: Sequence[int] = field(default=())


def paged(trajectory: Mapping[str, Any]) -> list[StepsPage]:
    """All steps, in pages; one page where there are none."""
    pages: list[list[Step]] = [[]]
    size = 0
    for step in _steps(trajectory):
        if pages[-1] and size + step.size > PAGE:
            pages.append([])
            size = 0
        pages[-1].append(step)
        size += step.size
    return [StepsPage(steps, sorted({step.round for step in steps})) for steps in pages]


def wholes(trajectory: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """The outputs of which pages show only the ends: step, number, text."""
    for step in trajectory.get("steps", ()):
        for number, result in enumerate(_results(step), 1):
            text = str(result.get("content") or "")
            if len(text) > HEAD + TAIL:
                kept = text[:WHOLE]
                more = f"\n[cut: {len(text):,} characters in all; the rest is in trajectory.json]\n"
                yield int(step["step_id"]), number, kept + (more if len(text) > WHOLE else "")


def _steps(trajectory: Mapping[str, Any]) -> Iterator[Step]:
    for step in trajectory.get("steps", ()):
        extra, metrics = step.get("extra", {}), step.get("metrics", {})
        calls = list(_calls(step))
        message, reasoning = _text(step.get("message")), _text(step.get("reasoning_content"))
        shown = [message, reasoning, *(call.given for call in calls), *(t for call in calls for t, _ in call.results)]
        yield Step(
            number=int(step["step_id"]),
            source=str(step.get("source", "")),
            round=int(extra.get("round", 0)),
            hand_in=int(extra.get("hand_in", 0)),
            message=message,
            reasoning=reasoning,
            calls=calls,
            metrics=metrics,
            model_calls=extra.get("calls", ()),
            model=str(step.get("model_name", "")),
            auxiliary=bool(extra.get("auxiliary")),
            failed_calls=extra.get("failed_calls", ()),
            size=400 + sum(len(text.head) + len(text.tail) for text in shown),
        )


def _calls(step: Mapping[str, Any]) -> Iterator[ToolCall]:
    results = _results(step)
    for call in step.get("tool_calls", ()):
        name, given = str(call.get("function_name", "")), call.get("arguments")
        given = given if isinstance(given, dict) else {"": given}
        command = shell_command(name, given)
        own = [(n, one) for n, one in enumerate(results, 1) if one.get("source_call_id") == call.get("tool_call_id")]
        yield ToolCall(
            name=name,
            command=command is not None,
            given=_text(command if command is not None else _arguments(given)),
            results=[(_text(one.get("content")), bool((one.get("extra") or {}).get("is_error"))) for _, one in own],
            whole=[n for n, _ in own],
        )


def _arguments(given: Mapping[str, Any]) -> str:
    """A tool's arguments: long texts under their names, so that they can be read."""
    return "\n".join(
        f"{name}: {value}" if isinstance(value, str) else f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in given.items()
    )


def _results(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((step.get("observation") or {}).get("results", ()))


def _text(value: Any) -> Text:
    """Of a long text its two ends."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    if len(text) <= HEAD + TAIL:
        return Text(text, length=len(text))
    return Text(text[:HEAD], text[-TAIL:], len(text), len(text) - HEAD - TAIL)
