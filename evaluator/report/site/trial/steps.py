"""The trajectory as pages: every message, command and output, in pieces that a browser takes easily."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.report.numbers import count, dollars, seconds
from evaluator.report.site.page import weight
from evaluator.trial.actions import shell_command

PAGE = 400_000  # characters of one page, as they are shown
STEP = 400  # characters around a step or a tool
MOST_TROUBLES, MOST_RESULTS = 20, 20
MOST_NUMBER = 1e15  # what counts more is none of ours
HEAD, TAIL = 6_000, 3_000  # of an output or argument that is longer than both
WHOLE = 900_000  # characters of an output that is kept whole beside the pages; the rest is in trajectory.json


@dataclass(frozen=True)
class Text:
    """A text, or its two ends. `length` is that of the whole, `cut` how much is missing between them."""

    head: str
    tail: str = ""
    length: int = 0
    cut: int = 0

    @property
    def weight(self) -> int:
        """How many characters of a page it takes, at most."""
        return weight(self.head) + weight(self.tail)


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
    """One step of the trajectory. `facts` are its round, model, tokens and times, as far as they are told; `troubles`
    the model calls that failed before it; `left_out` how many of its tools there is no room for.
    """

    number: int
    source: str
    facts: Sequence[str]
    message: Text
    reasoning: Text
    calls: Sequence[ToolCall]
    troubles: Sequence[str]
    auxiliary: bool
    left_out: int
    size: int


@dataclass(frozen=True)
class StepsPage:
    """One page: which steps stand on it, and from which round to which."""

    steps: Sequence[Step]
    rounds: Sequence[int] = field(default=())


def paged(trajectory: Mapping[str, Any]) -> list[StepsPage]:
    """All steps, in pages; one page where there are none.

    The document need not be one of ours: what is not as ATIF says is left out, or shown as it is.
    """
    pages: list[list[Step]] = [[]]
    rounds: list[set[int]] = [set()]
    size = 0
    for number, told in enumerate(_listed(trajectory, "steps"), 1):
        step = _step(number, told)
        if pages[-1] and size + step.size > PAGE:
            pages.append([])
            rounds.append(set())
            size = 0
        pages[-1].append(step)
        rounds[-1] |= {round_ for round_ in [_number(_mapped(told, "extra"), "round")] if isinstance(round_, int)}
        size += step.size
    return [StepsPage(steps, sorted(seen)) for steps, seen in zip(pages, rounds, strict=True)]


def wholes(trajectory: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """The outputs of which pages show only the ends: step, number, text."""
    for number, step in enumerate(_listed(trajectory, "steps"), 1):
        for n, result in enumerate(_listed(_mapped(step, "observation"), "results"), 1):
            content = _said(result.get("content"))
            if len(content) > HEAD + TAIL:
                more = f"\n[cut: {len(content):,} characters in all; the rest is in trajectory.json]\n"
                yield number, n, content[:WHOLE] + (more if len(content) > WHOLE else "")


def _step(number: int, told: Mapping[str, Any]) -> Step:
    message, reasoning = _text(told.get("message")), _text(told.get("reasoning_content"))
    size = STEP + message.weight + reasoning.weight
    asked = _listed(told, "tool_calls")
    calls: list[ToolCall] = []
    results = _listed(_mapped(told, "observation"), "results")
    for call in asked:
        made = _call(call, results)
        size += STEP + made.given.weight + sum(text.weight for text, _ in made.results)
        if calls and size > PAGE:
            break
        calls.append(made)
    extra = _mapped(told, "extra")
    return Step(
        number=number,
        source=_said(told.get("source")),
        facts=list(_facts(told, extra)),
        message=message,
        reasoning=reasoning,
        calls=calls,
        troubles=[_trouble(one) for one in _listed(extra, "failed_calls")[:MOST_TROUBLES]],
        auxiliary=bool(extra.get("auxiliary")),
        left_out=len(asked) - len(calls),
        size=size,
    )


def _call(call: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> ToolCall:
    name, given = _said(call.get("function_name")), call.get("arguments")
    given = given if isinstance(given, dict) else {"": given}
    command = shell_command(name, given)
    own = [(n, one) for n, one in enumerate(results, 1) if one.get("source_call_id") == call.get("tool_call_id")]
    own = own[:MOST_RESULTS]
    return ToolCall(
        name=name,
        command=command is not None,
        given=_text(command if command is not None else _arguments(given)),
        results=[(_text(one.get("content")), bool(_mapped(one, "extra").get("is_error"))) for _, one in own],
        whole=[n for n, _ in own],
    )


def _arguments(given: Mapping[str, Any]) -> str:
    """A tool's arguments: long texts under their names, so that they can be read."""
    return "\n".join(f"{name}: {_said(value)}" for name, value in given.items())


def _facts(told: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[str]:
    round_, hand_in = _number(extra, "round"), _number(extra, "hand_in")
    if round_ is not None:
        yield f"round {round_}" + (f".{hand_in}" if hand_in is not None else "")
    if model := _said(told.get("model_name")):
        yield model[:80]
    metrics = _mapped(told, "metrics")
    shown = (("prompt_tokens", count, " in"), ("completion_tokens", count, " out"), ("cost_usd", dollars, ""))
    for key, words, what in shown:
        if (value := _number(metrics, key)) is not None:
            yield words(value) + what
    if (total_s := _number(_mapped(metrics, "extra"), "total_s")) is not None:
        yield seconds(total_s)
    if extra.get("auxiliary"):
        yield "beside the work"


def _trouble(failed: Mapping[str, Any]) -> str:
    status = f", status {_said(failed['status'])}" if "status" in failed else ""
    fault = f" (planned fault {_said(failed['fault'])})" if "fault" in failed else ""
    return f"call {_said(failed.get('call'))} ended as {_said(failed.get('outcome'))}{status}{fault}"[:300]


def _text(value: Any) -> Text:
    """Of a long text its two ends."""
    text = _said(value)
    if len(text) <= HEAD + TAIL:
        return Text(text, length=len(text))
    return Text(text[:HEAD], text[-TAIL:], len(text), len(text) - HEAD - TAIL)


def _said(value: Any) -> str:
    """A text, and what is none as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "[nested too deeply to be shown]"


def _listed(told: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in a list, as far as there is one."""
    found = told.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _mapped(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _number(told: Mapping[str, Any], key: str) -> int | float | None:
    found = told.get(key)
    return found if isinstance(found, int | float) and abs(found) < MOST_NUMBER else None
