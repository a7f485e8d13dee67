"""Grades a hand-in in two boxes: the *subject* runs the work, the *oracle* runs the hidden tests.

They share a folder of a few KiB that holds one socket, and neither has a network. The oracle never holds one of the
agent's files, stays warm for many grades and empties that folder before each; a subject is opened for one grade, while
the agent still works, and holds nothing of ours but the program that relays requests.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import junitparser
from defusedxml import DefusedXmlException, ElementTree

from evaluator.evidence import Grade, GroupResult
from evaluator.task import Group, Task
from evaluator.trial.grading_boxes import Oracle, Subject, Suite, tested
from harness.sandbox import BoxGone, BoxSpec, Limits, SandboxError, SandboxHost, StreamTimeout, Tree
from harness.sandbox.tree import printable

T = TypeVar("T")

ORACLE_REQUIREMENTS = ("pytest==8.4.2",)


class Bench:
    """One job's place to grade: a warm oracle and, a step ahead, the next subject and its tests, collected."""

    def __init__(self, host: SandboxHost, say: Callable[[str], None]) -> None:
        self._host = host
        self._say = say
        host.image("python", ORACLE_REQUIREMENTS, say)
        self._stack = contextlib.ExitStack()
        self._openers = ThreadPoolExecutor(2, thread_name_prefix="opening")
        self._sweeper = ThreadPoolExecutor(1, thread_name_prefix="removing")
        self._leaving: Future[None] | None = None
        self._oracle: Future[Oracle] | None = None
        self._next: Future[Subject] | None = None
        self._starts: dict[str, bool] = {}
        self._judged: list[Suite] = []  # that came to an end with the pristine tree

    def __enter__(self) -> Bench:
        self._link = self._stack.enter_context(self._host.link())
        # Undone in reverse, each whatever the others raise: the link goes when nobody can use it any more.
        for undo in (self._sweeper.shutdown, self._openers.shutdown, self._drop_oracle, self.drop_prepared):
            self._stack.callback(undo)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def prepare(self, task: Task, image: str, number: int, *, trial: str = "", shuffle: int | None = None) -> None:
        """Begin to get ready for a grade of round `number`; returns at once."""
        self._open_next(task, image, trial)
        suite = Suite.of(task, number, shuffle)
        if self._oracle is None:
            self._oracle = self._openers.submit(self._open_oracle, suite)
        elif self._oracle.done() and not self._oracle.exception():
            with contextlib.suppress(SandboxError):  # the grade will meet it again, and say so
                self._oracle.result().collect(suite)

    def drop_prepared(self) -> None:
        """Remove a subject that will not be needed."""
        if self._next is not None:
            prepared, self._next = self._next, None
            with contextlib.suppress(SandboxError):
                prepared.result().close()

    def drop_warm(self) -> None:
        """Remove what was kept ready: after the host failed, it may be dead."""
        self.drop_prepared()
        self._drop_oracle()

    def grade(
        self,
        task: Task,
        image: str,
        tree: Tree,
        number: int,
        *,
        hand_in: int = 1,
        shuffle: int | None = None,
        trial: str = "",
        more: bool = False,
    ) -> Grade:
        """Run base and rounds 1..`number` against `tree`; `more` opens a subject for the next grade meanwhile.

        Raises `SandboxError` for what is not the work's doing. A subject that ends or does not start, or tests that do
        not come to an end, are its doing only if a second try goes the same way and the pristine tree does not.
        """
        started = time.monotonic()
        suite = Suite.of(task, number, shuffle)
        for last in (False, True):
            self.prepare(task, image, number, trial=trial, shuffle=shuffle)
            try:
                with self._taking(task, image, trial, more=more) as current:
                    grade = self._grade(current, task, tree, number, hand_in, suite)
            except BoxGone as gone:
                grade = all_failed(task, number, hand_in, f"the work ended its box: {gone}")
            except _NoVerdict:
                # What the tests are given to read can keep them from ever ending, or their box from living on.
                if not self._pristine_is_judged(task, image, number, trial):
                    raise
                grade = all_failed(task, number, hand_in, "the tests came to no end with it, as they do without it")
            if not grade.reason or last:
                break
        if grade.reason and not self._pristine_starts(task, image, trial):
            raise SandboxError(f"the subject of task {task.id} does not start even untouched: {grade.reason}")
        return grade.model_copy(update={"wall_s": time.monotonic() - started})

    def _grade(self, current: Subject, task: Task, tree: Tree, number: int, hand_in: int, suite: Suite) -> Grade:
        start_s, reason = self._serve(current, task, tree)
        if reason:
            return all_failed(task, number, hand_in, reason)
        answer = self._asking(
            lambda judge: judge.grade(suite, dict(_texts(tree)), task.manifest.run.grade_s, current.key)
        )
        log = current.log()
        results = _read_results(task, number, answer)
        outcome = 0 if all(group.passed for group in results.values()) else 1
        if answer["exit"] != outcome:
            raise _NoVerdict(_broken_tests(task, f"pytest ended with {answer['exit']}, not {outcome}", answer))
        probes = {group.id: results[group.id] for group in task.probes}
        groups = {group.id: results[group.id] for group in task.required(number)}
        return Grade(
            round=number, hand_in=hand_in, groups=groups, probes=probes, start_s=start_s, reason="", wall_s=0.0,
            log="\n".join(printable(line, 500) for line in log.splitlines()[-100:]),
        )  # fmt: skip

    def _serve(self, current: Subject, task: Task, tree: Tree) -> tuple[float | None, str]:
        """Start the work in the subject; (seconds, "") or (None, why not)."""
        if self._leaving:
            self._leaving.result()  # the subject before must be gone, or it could write into the folder again
        self._asking(lambda judge: judge.wipe())
        return current.serve(task.manifest.run, tree)

    def _asking(self, question: Callable[[Oracle], T]) -> T:
        """One question to the oracle. Whatever goes wrong with it is ours, and the next grade gets a new one."""
        assert self._oracle, "prepare before grade"  # noqa: S101
        try:
            return question(self._oracle.result())
        except SandboxError as error:
            self._drop_oracle()
            raise _NoVerdict(f"the oracle failed: {error}") from error

    def _open_oracle(self, first: Suite) -> Oracle:
        image = self._host.image("python", ORACLE_REQUIREMENTS, self._say)  # it may have been pruned since
        return Oracle(self._host, image, self._link, first)

    def _open_next(self, task: Task, image: str, trial: str) -> None:
        if self._next is None:
            limits = Limits(**task.manifest.sandbox.model_dump())
            spec = BoxSpec(image, "subject", limits, trial=trial, link=self._link)
            self._next = self._openers.submit(Subject, self._host, spec)

    @contextlib.contextmanager
    def _taking(self, task: Task, image: str, trial: str, *, more: bool = False) -> Iterator[Subject]:
        """The prepared subject; removed afterwards, in the background."""
        assert self._next, "prepare before grade"  # noqa: S101
        prepared, self._next = self._next, None
        current = prepared.result()
        if more:
            self._open_next(task, image, trial)
        try:
            yield current
        except StreamTimeout as error:
            raise BoxGone(str(error)) from error
        finally:
            self._leaving = self._sweeper.submit(current.close)

    def _pristine_starts(self, task: Task, image: str, trial: str) -> bool:
        if task.digest not in self._starts:
            self._open_next(task, image, trial)
            try:
                with self._taking(task, image, trial) as current:
                    self._starts[task.digest] = not self._serve(current, task, task.seed)[1]
            except BoxGone:
                return False
        return self._starts[task.digest]

    def _pristine_is_judged(self, task: Task, image: str, number: int, trial: str) -> bool:
        suite = Suite.of(task, number)
        if suite not in self._judged:
            self.prepare(task, image, number, trial=trial)
            try:
                with self._taking(task, image, trial) as current:
                    self._grade(current, task, task.seed, number, 1, suite)
            except (BoxGone, _NoVerdict):
                return False
            self._judged.append(suite)
        return True

    def _drop_oracle(self) -> None:
        if self._oracle is not None:
            opened, self._oracle = self._oracle, None
            with contextlib.suppress(SandboxError):
                opened.result().close()


class _NoVerdict(SandboxError):
    """The hidden tests, or the box they run in, ended without saying what passed."""


def _texts(tree: Tree) -> Iterator[tuple[str, str]]:
    for path, file in tree.items():
        with contextlib.suppress(UnicodeDecodeError):
            yield path, file.data.decode()


def _read_results(task: Task, number: int, answer: Mapping[str, object]) -> dict[str, GroupResult]:
    """The oracle's JUnit XML as results by group. A group without a test is a broken task, not a failed one."""
    groups = tested(task, number)
    try:
        report = junitparser.JUnitXml.fromroot(ElementTree.fromstring(str(answer["xml"])))  # type: ignore[arg-type]
    except (ElementTree.ParseError, DefusedXmlException, junitparser.JUnitXmlError) as error:
        raise _NoVerdict(_broken_tests(task, f"their report cannot be read: {error}", answer)) from error
    tests: dict[str, dict[str, str]] = {group.path: {} for group in groups}
    for suite in report:
        for case in suite:
            path = case._elem.get("file") or ""
            if path in tests:
                tests[path][str(case.name)] = _failure(case)
    empty = [group.id for group in groups if not tests[group.path]]
    if empty:
        raise _NoVerdict(_broken_tests(task, f"{', '.join(empty)} did not run", answer))
    return {
        group.id: GroupResult(
            round=group.round, weight=group.weight, critical=group.critical, tests=tests[group.path],
            passed=not any(tests[group.path].values()),
        )
        for group in groups
    }  # fmt: skip


def _failure(case: junitparser.TestCase) -> str:
    """Why a test did not pass, in one line; "" when it did. A skipped hidden test did not pass."""
    if not case.result:
        return ""
    first = case.result[0]
    return printable(str(first.message or type(first).__name__), 300) or "failed"


def all_failed(task: Task, number: int, hand_in: int, reason: str) -> Grade:
    """The grade of work that could not be tested, and why."""

    def failed(groups: Sequence[Group]) -> dict[str, GroupResult]:
        return {
            group.id: GroupResult(
                round=group.round, weight=group.weight, critical=group.critical, passed=False, tests={}
            )
            for group in groups
        }

    return Grade(
        round=number, hand_in=hand_in, groups=failed(task.required(number)), probes=failed(task.probes),
        start_s=None, reason=reason, wall_s=0.0,
    )  # fmt: skip


def _broken_tests(task: Task, what: str, answer: Mapping[str, object]) -> str:
    last = " | ".join(printable(line) for line in str(answer["output"]).splitlines()[-8:])
    return f"the hidden tests of task {task.id} are broken ({what}): {last}"
