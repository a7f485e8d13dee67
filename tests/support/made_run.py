"""A run folder as evaluations leave it, made without boxes and models: every kind of evidence, told from a script.

Works are a task's own solutions and wrong patches, so that diffs, histories, scores and their parts are real and agree
with one another. Grades, conversations, model calls and trajectories are made up, from a seed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluator.evidence import (
    Acted,
    Action,
    Asked,
    Event,
    Fault,
    Faulted,
    Grade,
    Graded,
    GroupResult,
    HandedIn,
    Measures,
    Message,
    Metered,
    OwnTests,
    Stated,
    Statement,
    TestsJudged,
    TrialResult,
    TurnEnded,
    Usage,
)
from evaluator.run.folder import RunFolder, RunInfo, TaskRef
from evaluator.run.results.summary import summarise
from evaluator.run.stored_tasks import store_reference, store_task
from evaluator.scoring.quality.reference import known_reference, measure_rounds, states
from evaluator.scoring.rounds import gather
from evaluator.scoring.trial import scored
from evaluator.task import Group, Round, Task, load_task
from evaluator.task.patches import patched
from evaluator.trial.history import History
from evaluator.trial.record import RoundRecord, TrialRecord
from evaluator.trial.reporter import Reporter
from harness.gateway.ledger import Call
from harness.sandbox import Tree

ROOT = Path(__file__).parents[2]
SMALLEST = ROOT / "evaluator/task/smallest/tally"
OUTPUT = "E   AssertionError: assert 7200 == 6480\nE    +  where 7200 = total(cart)\n"


@dataclass(frozen=True)
class Character:
    """How an agent works: chances to be right in a round, to ask, to say how sure it is; `steps` a turn."""

    name: str
    right: float = 0.7
    asks: float = 0.3
    states: float = 0.5
    steps: int = 8
    price: float = 0.04  # dollars a call; 0 where no model is called
    late: float = 0.0
    flags: tuple[str, ...] = ()
    broken: float = 0.0  # chance of an infrastructure error


CAST = (
    Character("reference", right=1.0, asks=0, states=0, price=0, steps=0),
    Character("claude-code", right=0.85, price=0.06),
    Character("codex", right=0.75, asks=0.1, price=0.03, steps=12),
    Character("mini-swe-agent", right=0.6, asks=0.0, states=0.2, price=0.01, late=0.1, broken=0.1),
    Character("hasty", right=0.2, asks=0.0, states=1.0, price=0.005, steps=3, flags=("protected_path",)),
    Character("nop", right=0.0, asks=0, states=0, price=0, steps=0),
)


# The quickest that shows everything: a ceiling, arms, questions, flags, infrastructure errors.
FEW = (
    CAST[0],
    Character("codex", asks=1.0, steps=6),
    Character("hasty", right=0.2, asks=0.0, states=1.0, steps=3, flags=("protected_path",)),
    Character("unlucky", broken=1.0),
)


def make_run(
    path: Path,
    *,
    tasks: Sequence[Path] = (SMALLEST,),
    cast: Sequence[Character] = CAST,
    attempts: int = 2,
    control: bool = False,
    seed: int = 0,
) -> Path:
    """Write a finished run to the new folder `path`; the same one for the same arguments."""
    loaded = [load_task(folder) for folder in tasks]
    info = RunInfo(
        id=path.name,
        created="2026-11-20T09:30:00+00:00",
        agents=tuple(one.name for one in cast),
        tasks=tuple(
            TaskRef(id=t.id, version=t.manifest.version, digest=t.digest, folder=t.folder.name) for t in loaded
        ),
        attempts=attempts,
        deadline_scale=1.0,
        sandbox="docker",
        control=control,
        model="the-model",
        versions={"relaybench": "0.1.0", "python": "3.11.7"},
        machine={"system": "Linux", "cpus": "2"},
    )
    with RunFolder(path) as folder:
        folder.write_info(info)
        results = []
        for task in loaded:
            store_task(path, task)
            store_reference(path, task)
            starts = [1, *(r.number for r in task.rounds[1:])] if control else [1]
            for character in cast:
                for attempt in range(1, attempts + 1):
                    for start in starts:
                        if start > 1 and not character.price:
                            continue
                        results.append(_store(folder, task, character, attempt, start, seed))
        folder.write_summary(summarise(results))
    return path


def _store(folder: RunFolder, task: Task, character: Character, attempt: int, start: int, seed: int) -> TrialResult:
    chance = random.Random(f"{seed} {task.id} {character.name} {attempt} {start}")
    blank = TrialResult(
        agent=character.name, task=task.id, task_version=task.manifest.version, task_digest=task.digest,
        attempt=attempt, start=start, sandbox="docker", outcome="completed",
    )  # fmt: skip
    if chance.random() < character.broken:
        error = "the engine did not answer within 30 s while a box was opened"
        result = blank.model_copy(update={"outcome": "infrastructure_error", "error": error, "wall_s": 31.0})
        folder.save_failure(result, [], "")
        return result
    told = _Told(task, character, chance, blank)
    record = told.trial()
    if character.price:
        told.write_models(folder.models(record.result.name))
    folder.save(record)
    return record.result


class _Told:
    """One trial in the telling."""

    def __init__(self, task: Task, character: Character, chance: random.Random, blank: TrialResult) -> None:
        self.task, self.character, self.chance, self.blank = task, character, chance, blank
        self.now = 1.0
        self.events: list[Event] = []
        self.calls: list[Call] = []
        self.steps: list[dict] = []
        self.reporter = Reporter(task)
        self.red: set[str] = set()

    def trial(self) -> TrialRecord:
        task, start = self.task, self.blank.start
        rounds = task.rounds if start == 1 else task.rounds[start - 1 : start]
        self.tree = _states(task)[start - 1]
        records = []
        with tempfile.TemporaryDirectory() as scratch:
            self.history = History(Path(scratch) / "history.git", self.tree)
            for round_ in rounds:
                records.append(self._round(round_))
                self.history.tag(f"round-{round_.number}")
            self.history.bundle(Path(scratch) / "history.bundle")
            bundle = (Path(scratch) / "history.bundle").read_bytes()
        for record in records if self.character.steps else ():
            sound = record.grades[-1].green
            judged = OwnTests(
                files=("tests/test_new.py",), red_at_start=True, green_on_own=True, green_on_reference=sound
            )
            self.events.append(TestsJudged(at=self._later(1), round=record.round.number, own_tests=judged))
        measures = {record.round.number: _measured(task, record) for record in records}
        late = [record.round.number for record in records if record.timed_out]
        flags = self.character.flags if self.chance.random() < 0.5 else ()
        grades = {record.round.number: record.grades for record in records}
        evidence = gather(task, grades, self.events, measures, timed_out=late, flags=flags, start=start)
        agent_s = sum(record.agent_s for record in records)
        blank = self.blank.model_copy(update={"flags": flags, "agent_wall_s": agent_s, "wall_s": self.now})
        result = scored(blank, evidence, known_reference(task))
        trajectory = self._trajectory() if self.calls else None
        return TrialRecord(result, self.events, records, bundle, measures, trajectory)

    def _round(self, round_: Round) -> RoundRecord:
        record = RoundRecord(round_, start=self.tree)
        begun = self.history.head
        message = self.reporter.report(round_)
        able = self.chance.random() < self.character.right
        at_last = self.chance.choice((1, 1, 1, 2, 3)) if self.character.steps else 1
        for hand_in in range(1, round_.entry.tries + 1):
            kind = "report" if hand_in == 1 else "complaint"
            record.messages.append(message)
            self._note(Message(at=self.now, round=round_.number, hand_in=hand_in, kind=kind, text=message))
            right = able and hand_in >= at_last
            self._turn(round_, hand_in, message, record, right)
            before = self.tree
            self.tree = self._work(round_, record.start, right)
            self.history.commit(self.tree, f"{round_.slug}, hand-in {hand_in}")
            changed = tuple(sorted(p for p in {*before, *self.tree} if before.get(p) != self.tree.get(p)))
            self._note(
                HandedIn(
                    at=self._later(0.2), round=round_.number, hand_in=hand_in, changed=changed, protected=(),
                    dropped=("link: .venv/bin/python",) if right and hand_in > 1 else (), left_running=(), breach=None,
                )
            )  # fmt: skip
            record.end = self.tree
            record.diffs.append(self.history.diff(begun, self.history.head))
            grade = self._grade(round_, hand_in, right)
            record.grades.append(grade)
            red = tuple(name for name, group in grade.groups.items() if not group.passed)
            self._note(Graded(at=self._later(2.5), round=round_.number, hand_in=hand_in, red=red, reason=grade.reason))
            if grade.green or record.timed_out:
                break
            message = self.reporter.complaint(round_, grade)
        return record

    def _turn(self, round_: Round, hand_in: int, message: str, record: RoundRecord, right: bool) -> None:
        began, character = self.now, self.character
        number = round_.number
        if self.chance.random() < character.asks and self.task.facts:
            fact = self.chance.choice(self.task.facts)
            known = not fact.rounds or number in fact.rounds
            answer = fact.value if known else "Sorry, I don't know about that."
            self._note(
                Asked(
                    at=self._later(3), round=number, question=fact.questions[0], fact=fact.id if known else None,
                    answer=answer, edited=False,
                )
            )  # fmt: skip
        usage = self._model(round_, hand_in, message, right) if character.price else None
        self._later(self.chance.uniform(5, 60) if character.steps else 0.1)
        if character.late and self.chance.random() < character.late:
            record.timed_out = True
        reason = "timed_out" if record.timed_out else "finished"
        wall_s = round(self.now - began, 3)
        record.agent_s += wall_s
        output = "Done: the total no longer counts what has expired." if character.price else ""
        self._note(
            TurnEnded(
                at=self.now, round=number, hand_in=hand_in, reason=reason, wall_s=wall_s, exit_code=0, overrun_s=0.0,
                output=output,
            )
        )  # fmt: skip
        if usage:
            self._note(Metered(at=self.now, round=number, hand_in=hand_in, usage=usage))
        if self.chance.random() < character.states:
            said = Statement(
                summary="The total skipped negative entries; it now sums all of them.",
                root_cause="`total` filtered by sign since the import of old books.",
                assumptions=("Amounts are integers.",),
                confidence=round(self.chance.uniform(0.4, 0.99), 2),
            )
            self._note(Stated(at=self.now, round=number, hand_in=hand_in, statement=said))

    def _model(self, round_: Round, hand_in: int, message: str, right: bool) -> Usage:
        """The turn's model calls, as ledger lines and as steps; what they came to."""
        number, first = round_.number, len(self.calls)
        self._say("user", message, number, hand_in)
        actions = []
        files = sorted(self.tree)
        for n in range(self.character.steps):
            call = self._call(number, hand_in, fault="busy-once" if (number, hand_in, n) == (1, 1, 1) else None)
            if call.fault:
                at, fault = call.began_s, Fault(id="busy-once", kind="status 429", at=call.began_s, recovered=True)
                self._note(Faulted(at=at, round=number, fault=fault))
                continue
            path = self.chance.choice(files)
            text = self.tree[path].data.decode(errors="replace")
            command, output, kind, ok = self.chance.choice(
                (
                    (f"cat {path}", text, "command", True),
                    ("python3 -m pytest -q tests 2>&1 | tail -20", OUTPUT if not right else "9 passed", "test", right),
                    (f"sed -i 's/if amount > 0/if amount/' {path}", "", "edit", True),
                    ("grep -rn 'def ' --include='*.py' . | head -40", "\n".join(files), "command", True),
                )
            )
            self._act(call, f"Step {n + 1}: look at what `{path}` does before I change it.", command, output, ok)
            actions.append(Action(at=call.began_s, kind=kind, text=command[:300], ok=ok))
        last = self._call(number, hand_in)
        self._say("agent", "Done: the total no longer counts what has expired.", number, hand_in, last)
        self._note(Acted(at=self.now, round=number, hand_in=hand_in, actions=tuple(actions)))
        done = self.calls[first:]
        sent = [call for call in done if call.sent]
        return Usage(
            calls=len(sent), faults=len(done) - len(sent),
            input_tokens=sum(call.input_tokens for call in sent), cached_tokens=sum(c.cached_tokens for c in sent),
            output_tokens=sum(call.output_tokens for call in sent), dollars=sum(call.dollars or 0 for call in sent),
            first_reply_s=tuple(call.first_byte_s for call in sent if call.first_byte_s),
        )  # fmt: skip

    def _call(self, number: int, hand_in: int, fault: str | None = None) -> Call:
        began = self.now
        total = 0.01 if fault else round(self.chance.uniform(1.5, 9), 3)
        self._later(total)
        size = 3000 + 900 * len(self.calls)
        call = Call(
            id=len(self.calls) + 1, at=f"2026-11-20T09:{int(began // 60) % 60:02d}:{began % 60:06.3f}+00:00",
            began_s=round(began, 3), round=number, hand_in=hand_in, between_turns=False, method="POST",
            path="/v1/messages", protocol="messages", kind="generate", outcome="fault" if fault else "ok",
            status=429 if fault else 200, sent=not fault, model="the-model", stream=True, fault=fault,
            fault_reached=True if fault else None, input_tokens=0 if fault else size,
            cached_tokens=0 if fault else size - 900, output_tokens=0 if fault else self.chance.randrange(60, 900),
            dollars=0.0 if fault else self.character.price,
            first_byte_s=None if fault else round(self.chance.uniform(0.4, 1.4), 3), total_s=total,
            request=hashlib.sha256(b"request %d" % len(self.calls)).hexdigest(),
        )  # fmt: skip
        self.calls.append(call)
        return call

    def _step(self, source: str, message: str, number: int, hand_in: int, call: Call | None) -> dict:
        extra = {"round": number, "hand_in": hand_in, "calls": [call.id if call else len(self.calls) + 1]}
        step = {
            "step_id": len(self.steps) + 1, "timestamp": "2026-11-20T09:30:00.000+00:00", "source": source,
            "message": message, "extra": extra,
        }  # fmt: skip
        if call:
            step["model_name"], step["llm_call_count"] = call.model, 1
            step["metrics"] = {
                "prompt_tokens": call.input_tokens, "completion_tokens": call.output_tokens,
                "cached_tokens": call.cached_tokens, "cost_usd": call.dollars,
                "extra": {"first_byte_s": call.first_byte_s, "total_s": call.total_s},
            }  # fmt: skip
        self.steps.append(step)
        return step

    def _say(self, source: str, text: str, number: int, hand_in: int, call: Call | None = None) -> None:
        self._step(source, text, number, hand_in, call)

    def _act(self, call: Call, text: str, command: str, output: str, ok: bool) -> None:
        step = self._step("agent", text, call.round, call.hand_in, call)
        id_ = f"toolu_{call.id}"
        step["tool_calls"] = [{"tool_call_id": id_, "function_name": "Bash", "arguments": {"command": command}}]
        extra = {"told_by_call": call.id + 1, "is_error": not ok}
        step["observation"] = {"results": [{"source_call_id": id_, "content": output, "extra": extra}]}

    def _work(self, round_: Round, start: Tree, right: bool) -> Tree:
        """The workspace that is handed in: the reference's, a plausible wrong one, or as it was."""
        own = _states(self.task)
        if right:
            return own[round_.number]
        if not self.character.steps or dict(start) != dict(own[round_.number - 1]):
            return start
        name = self.chance.choice(sorted(round_.wrong))
        return _wrong(start, round_.wrong[name], name)

    def _grade(self, round_: Round, hand_in: int, right: bool) -> Grade:
        groups = self.task.required(round_.number)
        own = [group.id for group in groups if group.round == round_.number]
        if right:
            red: set[str] = set()
        elif self.character.steps:
            red = {own[0], *(group.id for group in groups if self.chance.random() < 0.08)}
        else:
            red = {*own, *self.red}
        self.red = red
        return Grade(
            round=round_.number, hand_in=hand_in,
            groups={group.id: self._group(group, group.id not in red) for group in groups},
            probes={probe.id: self._group(probe, right or self.chance.random() < 0.9) for probe in self.task.probes},
            start_s=0.4, reason="", wall_s=2.5,
        )  # fmt: skip

    def _group(self, group: Group, passed: bool) -> GroupResult:
        names = [line[4:].partition("(")[0] for line in group.text.splitlines() if line.startswith("def test_")]
        why = {name: "" if passed or n else "AssertionError: assert 7200 == 6480" for n, name in enumerate(names)}
        return GroupResult(
            round=group.round, weight=group.weight, critical=group.critical, passed=passed, tests=why
        )  # fmt: skip

    def _trajectory(self) -> dict:
        return {
            "schema_version": "ATIF-v1.8",
            "session_id": self.blank.name,
            "agent": {"name": self.character.name, "version": "1.0", "model_name": "the-model",
                      "tool_definitions": [{"name": "Bash"}]},
            "steps": self.steps,
            "final_metrics": {"total_steps": len(self.steps)},
        }  # fmt: skip

    def write_models(self, folder: Path) -> None:
        """The ledger and bodies, as a gateway leaves them."""
        lines = (json.dumps(call.model_dump(exclude_defaults=True)) + "\n" for call in self.calls)
        (folder / "ledger.jsonl").write_text("".join(lines))
        (folder / "bodies").mkdir()
        for call in self.calls:
            (folder / "bodies" / f"{call.request}.gz").write_bytes(gzip.compress(b'{"model": "the-model"}', 1, mtime=0))

    def _note(self, event: Event) -> None:
        self.events.append(event)

    def _later(self, seconds: float) -> float:
        self.now = round(self.now + seconds, 3)
        return self.now


_made: dict[object, object] = {}  # git and static analysis take most of a made run's time, for the same few works


def _once(key: object, make: Callable[[], Any]) -> Any:
    if key not in _made:
        _made[key] = make()
    return _made[key]


def _states(task: Task) -> list[Tree]:
    return _once(task.digest, lambda: states(task))


def _wrong(start: Tree, patch: bytes, name: str) -> Tree:
    return _once((patch, _bytes(start)), lambda: patched(start, patch, name))


def _measured(task: Task, record: RoundRecord) -> Measures | None:
    number = record.round.number
    key = (task.digest, number, _bytes(record.start), _bytes(record.end))
    return _once(key, lambda: measure_rounds(task, {number: (record.start, record.end)})[number])


def _bytes(tree: Tree) -> tuple[tuple[str, bytes], ...]:
    return tuple((path, file.data) for path, file in sorted(tree.items()))


def multiply(run: Path, path: Path, trials: int) -> Path:
    """A run of about so many trials, the same ones again and again under other attempts. Quick."""
    shutil.copytree(run, path)
    stored = sorted((run / "trials").glob("[!.]*/result.json"))
    own = len(stored)
    rounds = range(1, -(-trials // own))
    attempts = json.loads((run / "run.json").read_text())["attempts"]
    for more, file in ((n, f) for n in rounds for f in stored):
        result = TrialResult.model_validate_json(file.read_bytes())
        again = result.model_copy(update={"attempt": result.attempt + more * attempts})
        home = path / "trials" / again.name
        shutil.copytree(file.parent, home)
        (home / "result.json").write_text(json.dumps(again.model_dump(mode="json"), indent=1))
    info = RunInfo.model_validate_json((run / "run.json").read_bytes())
    info = info.model_copy(update={"id": path.name, "attempts": attempts * (len(rounds) + 1)})
    (path / "run.json").write_text(info.model_dump_json(indent=1))
    return path


def reskilled(cast: Sequence[Character], **changes: object) -> tuple[Character, ...]:
    """The cast with changes to all."""
    return tuple(replace(one, **changes) for one in cast)


def _arguments() -> Iterator[Path]:
    yield from (ROOT / "task_repos" / name for name in sys.argv[2:])


if __name__ == "__main__":
    make_run(Path(sys.argv[1]), tasks=tuple(_arguments()) or (SMALLEST,))
