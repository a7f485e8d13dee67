"""One agent doing one task once.

For each round the reporter sends a message, the agent works in its box and hands in; the workspace is copied out,
committed to a history the agent never sees, and graded in fresh boxes. If something fails the reporter complains and
the agent may try again, as often as the round allows and while its time lasts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evaluator.evidence import (
    Asked,
    BoxReplaced,
    Event,
    Grade,
    Graded,
    HandedIn,
    Measures,
    Message,
    Metered,
    Stated,
    Statement,
    TestsJudged,
    TrialResult,
    TurnBegan,
    TurnEnded,
    Usage,
    trial_name,
)
from evaluator.scoring.correctness import round_correctness
from evaluator.scoring.quality.reference import known_reference, measure_rounds, states
from evaluator.scoring.rounds import REPLY_S, gather
from evaluator.scoring.trial import scored
from evaluator.task import Round, Task
from evaluator.trial.actions import acted, faulted
from evaluator.trial.flags import distinctive, in_changes, in_hand_in, in_words
from evaluator.trial.grading import Bench, all_failed
from evaluator.trial.history import History, with_git
from evaluator.trial.own_tests import Work, judge_own_tests
from evaluator.trial.protected import restored, tampered
from evaluator.trial.record import RoundRecord, TrialRecord
from evaluator.trial.reporter import Reporter
from evaluator.trial.statement import parse_statement
from evaluator.trial.workplace import Workplace
from harness.agents import Agent, Turn, TurnEnd
from harness.sandbox import CopiedOut, SandboxHost, Tree
from harness.sandbox.tree import printable

if TYPE_CHECKING:
    from harness.gateway import Session

QUESTIONS_PER_ROUND = 30
GRACE_S = 0.05  # a round with less time than this left is over


@dataclass(frozen=True)
class TrialSpec:
    """What one trial is: a pure unit that could run anywhere. `deadline_scale` stretches every deadline.

    `variant` "clear" is the control twin: the same rounds, well specified. With `start` above 1 only that round is
    played, on the reference's state before it. `own_tests`: whether the agent's own tests are judged afterwards.
    `reply_s` is the time in which a model should begin to answer. `noise` seeds what goes wrong when the reporter types
    in a hurry; None: it does not.
    """

    agent: str
    task: Task
    attempt: int
    deadline_scale: float = 1.0
    variant: Literal["vague", "clear"] = "vague"
    start: int = 1
    own_tests: bool = True
    reply_s: float = REPLY_S
    noise: int | None = None

    @property
    def name(self) -> str:
        """The trial's folder, and its label on boxes."""
        return trial_name(self.agent, self.task.id, self.attempt, self.variant, self.start)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds that are played."""
        return self.task.rounds if self.start == 1 else self.task.rounds[self.start - 1 : self.start]


def run_trial(
    spec: TrialSpec,
    agent: Agent,
    host: SandboxHost,
    bench: Bench,
    image: str,
    *,
    scratch: Path,
    watch: Callable[[Event], None],
    models: Session | None = None,
) -> TrialRecord:
    """Run one trial to its end, in the empty folder `scratch`; `watch` sees each event as it happens.

    `models` is the agent's access to models, whose record tells what it did.

    Raises `SandboxError` when the host failed: then there is nothing to score, and nothing is.
    """
    trial = _Trial(spec, agent, host, bench, image, watch, scratch, models)
    try:
        return trial.run()
    finally:
        agent.leave()
        bench.drop_prepared()
        trial.close()


class _Trial:
    """The state of one running trial."""

    def __init__(
        self,
        spec: TrialSpec,
        agent: Agent,
        host: SandboxHost,
        bench: Bench,
        image: str,
        watch: Callable[[Event], None],
        folder: Path,
        models: Session | None,
    ) -> None:
        self._models = models
        self._spec, self._host, self._bench, self._image = spec, host, bench, image
        self._task = spec.task
        self._watch = watch
        self._folder = folder
        self._began = time.monotonic()
        self._reporter = Reporter(self._task, clear=spec.variant == "clear", noise=spec.noise)
        self._events: list[Event] = []
        self._flags: dict[str, None] = {}
        self._round = spec.rounds[0]
        self._questions = 0
        self._place = Workplace(agent, host, spec.task, image, trial=spec.name, ask=self._answer)
        self._measurer = ThreadPoolExecutor(1, thread_name_prefix="measuring")  # while the next round is played
        self._measured: list[Future[dict[int, Measures | None]]] = []

    def run(self) -> TrialRecord:
        self._bench.prepare(self._task, self._image, self._round.number, trial=self._spec.name)
        self._measurer.submit(known_reference, self._task)
        seed = self._task.seed if self._spec.start == 1 else states(self._task)[self._spec.start - 1]
        self._history = History(self._folder / "history.git", seed)
        self._tree: Tree = seed
        self._place.open(with_git(seed, self._folder))
        records = [self._play(round_) for round_ in self._spec.rounds]
        self.close()  # the agent's box is killed at the trial's end, before anything is said about it
        bundle = self._folder / "history.bundle"
        self._history.bundle(bundle)
        trajectory = self._follow()
        self._judge_own_tests(records)
        measures = {number: measured for done in self._measured for number, measured in done.result().items()}
        result = self._result(records, measures)
        return TrialRecord(result, self._events, records, bundle.read_bytes(), measures, trajectory)

    def close(self) -> None:
        """Remove the agent's box."""
        self._measurer.shutdown(wait=False)
        self._place.close()

    def _play(self, round_: Round) -> RoundRecord:
        """One round: report, turn, hand-in, grade; complaint, turn, ... until green, out of tries or out of time."""
        self._round, self._questions = round_, 0
        record = RoundRecord(round_, start=self._tree)
        start = self._history.head
        left = round_.entry.deadline_s * self._spec.deadline_scale
        message = self._reporter.report(round_)
        for hand_in in range(1, round_.entry.tries + 1):
            record.messages.append(message)
            kind = "report" if hand_in == 1 else "complaint"
            self._note(Message(at=self._now(), round=round_.number, hand_in=hand_in, kind=kind, text=message))
            self._bench.prepare(self._task, self._image, round_.number, trial=self._spec.name)
            limit = min(left, round_.turn_deadline_s * self._spec.deadline_scale)
            end = self._turn(round_, message, hand_in, limit)
            left -= end.wall_s
            record.agent_s += end.wall_s
            record.timed_out = left <= GRACE_S
            copied = self._hand_in(round_, hand_in)
            record.end = self._tree
            record.diffs.append(self._history.diff(start, self._history.head))
            grade = self._grade(round_, hand_in, copied)
            record.grades.append(grade)
            if grade.green or record.timed_out:
                break
            message = self._reporter.complaint(round_, grade)
        self._history.tag(f"round-{round_.number}")
        trees = {round_.number: (record.start, record.end)}
        self._measured.append(self._measurer.submit(measure_rounds, self._task, trees))
        return record

    def _follow(self) -> dict[str, Any] | None:
        """What the agent did at its models' word, and the faults it met there."""
        if self._models is None:
            return None
        trajectory = self._models.trajectory(agent=self._spec.agent, version="unknown", name=self._spec.name)
        calls = self._models.ledger.calls
        done: list[Event] = [*acted(trajectory, calls), *faulted(calls)]
        for event in done:
            self._note(event)
        return trajectory

    def _judge_own_tests(self, records: list[RoundRecord]) -> None:
        if not self._spec.own_tests:
            return
        works = []
        for before, record in zip([None, *records], records, strict=False):
            score = round_correctness(record.grades[-1], before.grades[-1] if before else None)
            works.append(Work(record.round.number, record.start, record.end, score.value > 0))
        judged = judge_own_tests(self._task, self._host, self._image, works, trial=self._spec.name)
        for number, own_tests in judged.items():
            self._note(TestsJudged(at=self._now(), round=number, own_tests=own_tests))

    def _turn(self, round_: Round, message: str, hand_in: int, limit: float) -> TurnEnd:
        first = round_.number == self._spec.start and hand_in == 1
        self._note(TurnBegan(at=self._now(), round=round_.number, hand_in=hand_in, limit_s=limit))
        end = self._place.turn(Turn(round_.number, first, message, limit))
        self._note(
            TurnEnded(
                at=self._now(),
                round=round_.number,
                hand_in=hand_in,
                reason=end.reason,
                wall_s=end.wall_s,
                exit_code=end.exit_code,
                overrun_s=end.overrun_s,
                output=end.output,
            )
        )
        self._flag(in_words(end.output, canary=self._task.manifest.canary))
        if end.usage:
            used = Usage.model_validate(asdict(end.usage))
            self._note(Metered(at=self._now(), round=round_.number, hand_in=hand_in, usage=used))
        statement, dropped = parse_statement(end.said)
        if statement or dropped:
            stated = Stated(
                at=self._now(),
                round=round_.number,
                hand_in=hand_in,
                statement=statement or Statement(),
                dropped=dropped,
            )
            self._note(stated)
            self._flag(in_words(stated.statement.model_dump_json(), canary=self._task.manifest.canary))
        return end

    def _hand_in(self, round_: Round, hand_in: int) -> CopiedOut:
        """Stop the box, copy the workspace out and commit it. What cannot be read changes nothing in the history."""
        left = self._place.stop()
        copied = left.copied
        before = self._tree
        if copied.breach is None:
            self._tree = copied.tree
        self._history.commit(self._tree, f"{round_.slug}, hand-in {hand_in}")
        handed_in = HandedIn(
            at=self._now(),
            round=round_.number,
            hand_in=hand_in,
            changed=_changed(before, self._tree),
            protected=tampered(copied.tree, self._task) if copied.breach is None else (),
            dropped=copied.dropped,
            left_running=left.running,
            breach=copied.breach,
        )
        self._note(handed_in)
        self._flag(in_hand_in(handed_in))
        if copied.breach is None:
            canary = self._task.manifest.canary
            self._flag(in_changes(before, copied.tree, canary=canary, hidden=distinctive(self._task)))
        if left.lost:
            self._replace_box(left.lost)
        return copied

    def _grade(self, round_: Round, hand_in: int, copied: CopiedOut) -> Grade:
        if copied.breach is not None:
            grade = all_failed(self._task, round_.number, hand_in, copied.breach)
        else:
            grade = self._bench.grade(
                self._task,
                self._image,
                restored(copied.tree, self._task),
                round_.number,
                hand_in=hand_in,
                trial=self._spec.name,
                more=round_ != self._spec.rounds[-1],
            )
        red = tuple(name for name, group in grade.groups.items() if not group.passed)
        self._note(Graded(at=self._now(), round=round_.number, hand_in=hand_in, red=red, reason=grade.reason))
        return grade

    def _replace_box(self, why: str) -> None:
        """A new box with the last workspace that could be read, its git history starting over."""
        self._note(BoxReplaced(at=self._now(), round=self._round.number, why=printable(why)))
        self._flag(["box_lost"])
        self._place.replace(with_git(self._tree, self._folder))

    def _answer(self, question: str, *, edited: bool | None = None) -> str:
        """Called from the agent's line to the reporter, in its thread."""
        self._questions += 1
        if self._questions > QUESTIONS_PER_ROUND:
            return "I have no time for more questions right now."
        fact, answer = self._reporter.answer(self._round, question)
        asked = {"question": question, "fact": fact, "answer": answer, "edited": edited}
        self._note(Asked.model_validate({"at": self._now(), "round": self._round.number, **asked}))
        self._flag(in_words(question, canary=self._task.manifest.canary))
        return answer

    def _flag(self, names: Iterable[str]) -> None:
        self._flags.update(dict.fromkeys(names))

    def _note(self, event: Event) -> None:
        self._events.append(event)
        self._watch(event)

    def _now(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def _result(self, records: list[RoundRecord], measures: Mapping[int, Measures | None]) -> TrialResult:
        return trial_result(
            self._spec,
            host=self._host,
            records=records,
            events=self._events,
            measures=measures,
            flags=tuple(self._flags),
            wall_s=time.monotonic() - self._began,
        )


def trial_result(
    spec: TrialSpec,
    *,
    host: SandboxHost,
    records: list[RoundRecord],
    events: list[Event],
    measures: Mapping[int, Measures | None],
    flags: tuple[str, ...],
    wall_s: float,
) -> TrialResult:
    """A finished trial, scored."""
    evidence = gather(
        spec.task,
        {record.round.number: record.grades for record in records},
        events,
        measures,
        timed_out=[record.round.number for record in records if record.timed_out],
        flags=flags,
        start=spec.start,
        reply_s=spec.reply_s,
    )
    result = TrialResult(
        agent=spec.agent,
        task=spec.task.id,
        task_version=spec.task.manifest.version,
        task_digest=spec.task.digest,
        attempt=spec.attempt,
        variant=spec.variant,
        start=spec.start,
        sandbox=host.kind,
        limits=host.limits,
        outcome="completed",
        flags=flags,
        agent_wall_s=round(sum(record.agent_s for record in records), 3),
        wall_s=round(wall_s, 3),
    )
    return scored(result, evidence, known_reference(spec.task))


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))
