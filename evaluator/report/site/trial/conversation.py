"""What was said and done in a trial, in order, as a person would tell it: a part a round, an entry an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluator.evidence import (
    Acted,
    Asked,
    BoxReplaced,
    Event,
    Faulted,
    Graded,
    HandedIn,
    Message,
    Metered,
    Stated,
    TestsJudged,
    TurnBegan,
    TurnEnded,
)
from evaluator.report.site.page import weight

MOST, ENTRY = 400_000, 300  # characters of a whole conversation, and around an entry of it
MANY = ("question", "answer", "fault", "box")
Who = Literal["reporter", "agent", "grader", "note"]


@dataclass(frozen=True)
class Entry:
    """One entry. `kind` is the event's; `about` what a template shows of it beside `text`."""

    at: float
    who: Who
    kind: str
    text: str
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One round's entries. `left_out` are questions, answers and notes for which a page has no room."""

    number: int
    entries: Sequence[Entry]
    left_out: int = 0


def conversation(events: Iterable[Event]) -> list[Part]:
    """The events as entries, by round. What is known of a turn only afterwards stands where it happened."""
    rounds: dict[int, list[Entry]] = {}
    for event in events:
        rounds.setdefault(event.round, []).extend(_entries(event))
    return [_part(number, found, MOST // len(rounds)) for number, found in sorted(rounds.items())]


def _part(number: int, found: list[Entry], room: int) -> Part:
    """A round in order. An agent may ask as often as it likes; everything else comes a few times a hand-in."""
    kept = []
    for entry in sorted(found, key=lambda one: one.at):
        room -= ENTRY + weight(entry.text)
        if room > 0 or entry.kind not in MANY:
            kept.append(entry)
    return Part(number, kept, len(found) - len(kept))


def _entries(event: Event) -> list[Entry]:  # noqa: PLR0911 - one line a kind
    at = event.at
    match event:
        case Message():
            return [Entry(at, "reporter", event.kind, event.text, {"hand_in": event.hand_in})]
        case Asked():
            question = Entry(at, "agent", "question", event.question, {"edited": event.edited})
            return [question, Entry(at, "reporter", "answer", event.answer, {"fact": event.fact})]
        case TurnBegan():  # the message before it says as much
            return []
        case TurnEnded():
            return [Entry(at, "agent", "turn", event.output, {"event": event})]
        case Stated():
            return [Entry(at, "agent", "statement", event.statement.summary, {"event": event})]
        case HandedIn():
            return [Entry(at, "agent", "hand_in", "", {"event": event})]
        case Graded():
            return [Entry(at, "grader", "grade", event.reason, {"event": event})]
        case Metered():
            return [Entry(at, "note", "metered", "", {"usage": event.usage})]
        case Acted():
            return [Entry(at, "note", "acted", "", {"kinds": Counter(action.kind for action in event.actions)})]
        case Faulted():
            return [Entry(at, "note", "fault", "", {"fault": event.fault})]
        case BoxReplaced():
            return [Entry(at, "note", "box", event.why)]
        case TestsJudged():
            return [Entry(at, "note", "own_tests", event.own_tests.missing, {"own": event.own_tests})]
