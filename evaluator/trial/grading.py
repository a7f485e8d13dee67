"""Grades a hand-in in two boxes: the *subject* runs the work, the *oracle* runs the hidden tests.

They share a folder of a few KiB that holds one socket, and neither has a network. The oracle never holds one of the
agent's files, stays warm for many grades and empties that folder before each; a subject is opened for one grade, while
the agent still works, and holds nothing of ours but the program that relays requests.
"""

from __future__ import annotations

import base64
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import junitparser
from defusedxml import ElementTree

from evaluator.evidence import Grade, GroupResult
from evaluator.task import Group, Task
from harness.inside import call_python, oracle, subject
from harness.sandbox import (
    AGENT,
    LINK_DIR,
    BoxGone,
    BoxSpec,
    Limits,
    Sandbox,
    SandboxError,
    SandboxHost,
    Stream,
    StreamTimeout,
    Tree,
)
from harness.sandbox.tree import pack, printable

ORACLE_REQUIREMENTS = ("pytest==8.4.2",)
SOCKET = f"{LINK_DIR}/subject.sock"
START_PATIENCE = 4  # a service gets this many times its `start_s` before it counts as not starting
_CALL_SERVERS = {"python": Path(call_python.__file__)}


class Subject:
    """One opened box for one grade."""

    def __init__(self, host: SandboxHost, spec: BoxSpec) -> None:
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as opening:
            self.box: Sandbox = opening.enter_context(host.open(spec))
            self.stream: Stream = self.box.stream(Path(subject.__file__), AGENT)
            self._stack = opening.pop_all()

    def close(self) -> None:
        """Kill and remove the box."""
        self._stack.close()


class Bench:
    """One job's place to grade: a warm oracle and, a step ahead, the next subject."""

    def __init__(self, host: SandboxHost, say: Callable[[str], None]) -> None:
        self._host = host
        self._image = host.image("python", ORACLE_REQUIREMENTS, say)
        self._stack = contextlib.ExitStack()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="subjects")
        self._sweeper = ThreadPoolExecutor(1, thread_name_prefix="sweeper")
        self._leaving: Future[None] | None = None
        self._link = ""
        self._oracle: Stream | None = None
        self._opening_oracle = threading.Lock()
        self._next: Future[Subject] | None = None
        self._starts: dict[str, bool] = {}

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop_prepared()
        self._worker.shutdown()
        self._sweeper.shutdown()
        self._stack.close()

    def prepare(self, task: Task, image: str, trial: str) -> None:
        """Begin to open the next subject; returns at once."""
        if self._next is None:
            self._next = self._worker.submit(self._open_subject, task, image, trial)

    def drop_prepared(self) -> None:
        """Remove a subject that will not be needed."""
        if self._next is not None:
            prepared, self._next = self._next, None
            with contextlib.suppress(SandboxError):
                prepared.result().close()

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

        Raises `SandboxError` for what is not the work's doing. A subject that ends or does not start is its doing
        only if a second one does the same and the pristine tree does not.
        """
        started = time.monotonic()
        for last in (False, True):
            self.prepare(task, image, trial)
            try:
                current = self._take_prepared()
                if more:
                    self.prepare(task, image, trial)
                grade = self._grade(current, task, tree, number, hand_in, shuffle)
            except BoxGone as gone:
                grade = all_failed(task, number, hand_in, f"the work ended its box: {gone}")
            if not grade.reason or last:
                break
        if grade.reason and not self._pristine_starts(task, image, trial):
            raise SandboxError(f"the subject of task {task.id} does not start even untouched: {grade.reason}")
        return grade.model_copy(update={"wall_s": time.monotonic() - started})

    def _grade(self, current: Subject, task: Task, tree: Tree, number: int, hand_in: int, shuffle: int | None) -> Grade:
        try:
            judge = self._warm_oracle()
            start_s, reason = self._serve(judge, current, task, tree)
            if reason:
                return all_failed(task, number, hand_in, reason)
            answer = self._ask_oracle(judge, _order(task, tree, number, shuffle), task.manifest.run.grade_s + 45)
            current.stream.send({"op": "log"})
            log = str(current.stream.receive(10).get("log", ""))
        except StreamTimeout as error:
            raise BoxGone(str(error)) from error
        finally:
            self._leaving = self._sweeper.submit(current.close)
        results = _read_results(str(answer["xml"]), _files(task, number))
        outcome = 0 if all(group.passed for group in results.values()) else 1
        if answer["exit"] != outcome:
            raise SandboxError(_broken_tests(task, f"pytest ended with {answer['exit']}, not {outcome}", answer))
        probes = {group.id: results[group.id] for group in task.probes}
        groups = {group.id: results[group.id] for group in task.required(number)}
        return Grade(
            round=number, hand_in=hand_in, groups=groups, probes=probes, start_s=start_s, reason="", wall_s=0.0,
            log="\n".join(printable(line, 500) for line in log.splitlines()[-100:]),
        )  # fmt: skip

    def _serve(self, judge: Stream, current: Subject, task: Task, tree: Tree) -> tuple[float | None, str]:
        """Start the work in the subject; (seconds, "") or (None, why not)."""
        if self._leaving:
            self._leaving.result()  # the subject before must be gone, or it could write into the folder again
        self._ask_oracle(judge, {"op": "wipe"}, 30)
        run = task.manifest.run
        current.stream.send(
            {
                "op": "serve",
                "tree": base64.b64encode(pack(tree, uid=1000, gid=1000)).decode(),
                "run": {**run.model_dump(mode="json"), "start_cap_s": START_PATIENCE * run.start_s},
                "call_server": _CALL_SERVERS[run.call].read_text(encoding="utf-8") if run.call else "",
                "socket": SOCKET,
            }
        )
        answer = current.stream.receive(START_PATIENCE * run.start_s + 30)
        if answer.get("healthy") is True:
            return float(str(answer["start_s"])), ""
        return None, printable(f"the service {answer.get('reason')}", 500)

    def _warm_oracle(self) -> Stream:
        with self._opening_oracle:
            if self._oracle is None:
                self._link = self._link or self._stack.enter_context(self._host.link())
                box = self._stack.enter_context(self._host.open(BoxSpec(self._image, "oracle", link=self._link)))
                self._oracle = box.stream(Path(oracle.__file__), AGENT)
            return self._oracle

    def _ask_oracle(self, judge: Stream, order: Mapping[str, object], timeout_s: float) -> dict[str, object]:
        """One question to the oracle. Whatever goes wrong with it is ours, and the next grade gets a new one."""
        try:
            judge.send(order)
            return judge.receive(timeout_s)
        except SandboxError as error:
            self._oracle = None
            raise SandboxError(f"the oracle failed: {error}") from error

    def _open_subject(self, task: Task, image: str, trial: str) -> Subject:
        if not self._link:
            self._warm_oracle()
        limits = Limits(**task.manifest.sandbox.model_dump())
        return Subject(self._host, BoxSpec(image, "subject", limits, trial=trial, link=self._link))

    def _take_prepared(self) -> Subject:
        assert self._next, "prepare before grade"  # noqa: S101
        prepared, self._next = self._next, None
        return prepared.result()

    def _pristine_starts(self, task: Task, image: str, trial: str) -> bool:
        if task.digest not in self._starts:
            self.prepare(task, image, trial)
            current = self._take_prepared()
            try:
                judge = self._warm_oracle()
                self._starts[task.digest] = not self._serve(judge, current, task, task.seed)[1]
            except (BoxGone, StreamTimeout):
                return False
            finally:
                current.close()
        return self._starts[task.digest]


def _files(task: Task, number: int) -> list[Group]:
    return [*task.required(number), *task.probes]


def _order(task: Task, tree: Tree, number: int, shuffle: int | None) -> dict[str, object]:
    tests = {group.path: group.text for group in _files(task, number)}
    if task.conftest:
        tests["conftest.py"] = task.conftest
    return {
        "op": "grade",
        "suite": task.digest[:16],
        "tests": tests,
        "files": dict(_texts(tree)),
        "socket": SOCKET,
        "budget_s": task.manifest.run.grade_s,
        "shuffle": shuffle,
    }


def _texts(tree: Tree) -> Iterator[tuple[str, str]]:
    for path, file in tree.items():
        with contextlib.suppress(UnicodeDecodeError):
            yield path, file.data.decode()


def _read_results(xml: str, groups: Sequence[Group]) -> dict[str, GroupResult]:
    """The oracle's JUnit XML as results by group. A group without a test is a broken task, not a failed one."""
    try:
        report = junitparser.JUnitXml.fromroot(ElementTree.fromstring(xml))  # type: ignore[arg-type]
    except (ElementTree.ParseError, junitparser.JUnitXmlError) as error:
        raise SandboxError(f"the oracle's report cannot be read: {error}") from error
    tests: dict[str, dict[str, str]] = {group.path: {} for group in groups}
    for suite in report:
        for case in suite:
            path = case._elem.get("file") or ""
            if path in tests:
                tests[path][str(case.name)] = _failure(case)
    empty = [group.id for group in groups if not tests[group.path]]
    if empty:
        raise SandboxError(f"the hidden tests of {', '.join(empty)} did not run; `relaybench task check` says why")
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
