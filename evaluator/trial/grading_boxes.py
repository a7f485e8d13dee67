"""The two boxes of a grade, each with the program that runs in it.

A subject is opened for one grade and runs the work; the oracle stays for a whole run and runs the hidden tests.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.task import Group, Run, Task
from harness.inside import program
from harness.sandbox import AGENT, LINK_DIR, BoxSpec, SandboxHost, Tree
from harness.sandbox.tree import pack, printable

SOCKET = f"{LINK_DIR}/subject.sock"
SLACK_S = 30.0  # for what is not the work's time: its tree on the way in, a loaded machine
START_PATIENCE = 4  # a service gets this many times its `start_s` before it counts as not starting
_CALL_SERVERS = {"python": program("call_python"), "javascript": program("call_node", "mjs")}


@dataclass(frozen=True)
class Suite:
    """The hidden tests of one grade: `name` is the same for the same task, `tests` maps paths to text."""

    name: str
    tests: Mapping[str, str]
    shuffle: int | None

    @classmethod
    def of(cls, task: Task, number: int, shuffle: int | None = None) -> Suite:
        """Everything that is tested after round `number`."""
        tests = {group.path: group.text for group in tested(task, number)}
        if task.conftest:
            tests["conftest.py"] = task.conftest
        return cls(task.digest[:16], tests, shuffle)


def tested(task: Task, number: int) -> list[Group]:
    """The groups and probes that are run after round `number`."""
    return [*task.required(number), *task.probes]


class Subject:
    """One opened box for one grade."""

    def __init__(self, host: SandboxHost, spec: BoxSpec) -> None:
        with contextlib.ExitStack() as opening:
            box = opening.enter_context(host.open(spec))
            self._stream = box.stream(program("subject"), AGENT)
            self.key = secrets.token_hex(32)  # what it says to the oracle is sealed with it
            self._stack = opening.pop_all()

    def serve(self, run: Run, tree: Tree) -> tuple[float | None, str]:
        """Build and start the work: (seconds to health, "") or (None, why not). Raises `BoxGone`, `StreamTimeout`."""
        self._stream.send(
            {
                "op": "serve",
                "tree": base64.b64encode(pack(tree, uid=1000, gid=1000)).decode(),
                "run": {**run.model_dump(mode="json"), "start_cap_s": START_PATIENCE * run.start_s},
                "call_server": _CALL_SERVERS[run.call].read_text(encoding="utf-8") if run.call else "",
                "socket": SOCKET,
                "key": self.key,
            }
        )
        answer = self._stream.receive((run.build_s if run.build else 0) + START_PATIENCE * run.start_s + SLACK_S)
        start_s = answer.get("start_s")
        if answer.get("healthy") is True and isinstance(start_s, float):
            return start_s, ""
        return None, printable(f"the service {answer.get('reason')}", 500)

    def log(self) -> str:
        """The end of what the work printed. Raises `BoxGone` when the work has ended our program beside it."""
        self._stream.send({"op": "log"})
        return str(self._stream.receive(10).get("log", ""))

    def close(self) -> None:
        """Kill and remove the box."""
        self._stack.close()


class Oracle:
    """The trusted box. Opened with a first suite to collect."""

    def __init__(self, host: SandboxHost, image: str, link: str, first: Suite) -> None:
        with contextlib.ExitStack() as opening:
            box = opening.enter_context(host.open(BoxSpec(image, "oracle", link=link)))
            self._stream = box.stream(program("oracle"), AGENT)
            self._collected: Suite | None = None
            self.collect(first)
            self._stack = opening.pop_all()

    def collect(self, suite: Suite) -> None:
        """Begin to collect a suite, unless it is the one that waits already."""
        if suite != self._collected:
            self._collected = None
            self._stream.send(
                {"op": "collect", "suite": suite.name, "tests": dict(suite.tests), "shuffle": suite.shuffle}
            )
            self._collected = suite

    def wipe(self) -> None:
        """Empty the folder shared with subjects."""
        self._stream.send({"op": "wipe"})
        self._stream.receive(60)

    def grade(self, suite: Suite, files: Mapping[str, str], budget_s: float, key: str) -> Mapping[str, object]:
        """Run a suite against the subject that serves and has `key`: pytest's exit status, JUnit XML and output."""
        self.collect(suite)
        self._collected = None
        order = {"op": "grade", "files": dict(files), "socket": SOCKET, "key": key, "budget_s": budget_s}
        self._stream.send(order)
        return self._stream.receive(budget_s + 45)

    def close(self) -> None:
        """Kill and remove the box."""
        self._stack.close()
