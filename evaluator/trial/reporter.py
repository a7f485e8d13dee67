"""The simulated user: sends the report, complains in symptoms, and answers from what it knows."""

from __future__ import annotations

from evaluator.evidence import Grade
from evaluator.task import Fact, Round, Task
from evaluator.task.noise import hurried
from evaluator.trial.questions import best_match, index

UNKNOWN = "Sorry, I don't know about that."
AT_ONCE = 2  # complaints in one message: people name what hurts most, not a list


class Reporter:
    """One trial's reporter. A `clear` one says at once what it wants, in full: the control twin.

    With a seed of `noise` the others type their reports in a hurry.
    """

    def __init__(self, task: Task, *, clear: bool = False, noise: int | None = None) -> None:
        self._task = task
        self._clear, self._noise = clear, noise
        self._indexes = {round_.number: index(self._known_in(round_)) for round_ in task.rounds}

    def report(self, round_: Round) -> str:
        """What opens a round."""
        if self._clear:
            return round_.clear
        return round_.report if self._noise is None else hurried(round_.report, f"{self._noise} {round_.number}")

    def complaint(self, round_: Round, grade: Grade) -> str:
        """What is said after a red hand-in: this round's troubles first, then what used to work."""
        complaints = round_.complaints
        if grade.reason:
            return f"Now it does not even run for me. {complaints['default']}"
        red = [name for name, group in grade.groups.items() if not group.passed]
        own = [group.name for group in round_.groups if group.id in red]
        said = [complaints.get(name, complaints["default"]) for name in own]
        said += [complaints[name] for name in red if name in complaints]
        said += [self._earlier(name) for name in red if name not in complaints]
        chosen = list(dict.fromkeys(text for text in said if text))[:AT_ONCE]
        return "\n\n".join(chosen or [complaints["default"]])

    def answer(self, round_: Round, question: str) -> tuple[str | None, str]:
        """The id of the fact that the question unlocked, if any, and what the reporter says."""
        found = best_match(self._indexes[round_.number], question)
        if found is None:
            return None, UNKNOWN
        return found, next(fact.value for fact in self._task.facts if fact.id == found)

    def _known_in(self, round_: Round) -> list[Fact]:
        return [fact for fact in self._task.facts if not fact.rounds or round_.number in fact.rounds]

    def _earlier(self, group: str) -> str:
        """What an earlier round says about its own group, "" for one nobody wrote a sentence about."""
        section, _, name = group.partition("/")
        return next((round_.complaints.get(name, "") for round_ in self._task.rounds if round_.slug == section), "")
