"""Runs the hidden tests. Holds none of the agent's bytes but the text of its tree, as data.

Stays for a whole run: pytest is imported once, each grade is a forked child. Frames:
{"op": "wipe"} -> {}: empty the folder shared with the subject, so that nothing passes from one subject to the next;
{"op": "grade", "suite": folder name, "tests": {path: text}, "files": {path: text}, "socket", "budget_s", "shuffle"} ->
{"exit", "xml", "output"}.
"""

import gc
import itertools
import json
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.inside.wire import Wire

TESTS = Path("/tmp/tests")  # noqa: S108 - in the box; kept, so that rewritten tests are compiled once
RESULT, OUTPUT = Path("/tmp/junit.xml"), Path("/tmp/output.txt")  # noqa: S108
LINK = "/run/link"
ANSWER_CAP = 16 << 20


class SubjectError(AssertionError):
    """The subject did not answer as a working program would."""


class SubjectRaised(Exception):
    """A called function raised: `type` is the class's name, `message` its text."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.type, self.message = kind, message


class Response:
    """An HTTP response of the subject."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    def json(self) -> Any:
        """The body as JSON; a body that is none fails the test."""
        try:
            return json.loads(self.text)
        except ValueError:
            raise SubjectError(f"status {self.status}, not JSON: {self.text[:200]!r}") from None

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:200]!r}>"


class Completed:
    """A finished command of the subject."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def __repr__(self) -> str:
        return f"<status {self.code}, {self.stdout[-200:]!r}, {self.stderr[-200:]!r}>"


class Subject:
    """The work under test, seen from outside: what the `subject` fixture gives."""

    def __init__(self, address: str, files: dict[str, str], budget_s: float) -> None:
        self._address = address
        self._files = files
        self._ends = time.monotonic() + budget_s
        self._ids = itertools.count(random.SystemRandom().getrandbits(32))

    def http(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Response:
        """One request to the service, `json` or `data` as its body."""
        sent = dict(headers or {})
        if json is not None:
            data = _dumps(json)
            sent.setdefault("Content-Type", "application/json")
        answer = self._ask("http", timeout, method=method, path=path, body=data, headers=sent)
        return Response(int(answer["status"]), answer["headers"], answer["text"])

    def cli(
        self, args: list[str], *, stdin: str = "", files: dict[str, str] | None = None, timeout: float = 10.0
    ) -> Completed:
        """One run of the command line; `files` are written to a folder that replaces `{files}` in the arguments."""
        answer = self._ask("cli", timeout, args=args, stdin=stdin, files=files or {})
        return Completed(int(answer["code"]), answer["stdout"], answer["stderr"])

    def call(self, target: str, *args: Any, timeout: float = 10.0, **kwargs: Any) -> Any:
        """Call "module:function" with JSON values. Raises `SubjectRaised` when the function raised."""
        answer = self._ask("call", timeout, target=target, args=args, kwargs=kwargs)
        if "raised" in answer:
            raise SubjectRaised(answer["raised"]["type"], answer["raised"]["message"])
        return answer["value"]

    def restart(self, *, fresh: bool = False, timeout: float = 30.0) -> None:
        """Kill the program with all its processes and start it again; `fresh` with an empty data folder."""
        answer = self._ask("restart", timeout, fresh=fresh)
        if not answer["healthy"]:
            raise SubjectError(f"the service did not come back: {answer['reason']}")

    def files(self) -> dict[str, str]:
        """The text files of the graded tree by path."""
        return dict(self._files)

    def _ask(self, op: str, timeout: float, **fields: Any) -> dict[str, Any]:
        deadline = min(time.monotonic() + timeout + 1, self._ends)
        if deadline <= time.monotonic():
            raise SubjectError("the time for this grade is used up")
        request_id = next(self._ids)
        request = {"id": request_id, "op": op, "timeout": timeout, **fields}
        try:
            answer = json.loads(_exchange(self._address, _dumps(request).encode() + b"\n", deadline))
            answered = answer["id"] == request_id
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SubjectError(f"the subject is not there: {error}") from None
        if not answered:
            raise SubjectError("the subject answered something else")
        if "ok" not in answer or not isinstance(answer["ok"], dict):
            raise SubjectError(str(answer.get("error", "no answer"))[:500])
        ok: dict[str, Any] = answer["ok"]
        return ok


class Plugin:
    """What the hidden tests find in pytest: the `subject` fixture, and an order that depends on the seed."""

    def __init__(self, subject: Subject, shuffle: int | None) -> None:
        self._subject, self._shuffle = subject, shuffle

    @pytest.fixture(scope="session")
    def subject(self) -> Subject:
        """The work under test."""
        return self._subject

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Shuffle, when asked to."""
        if self._shuffle is not None:
            random.Random(self._shuffle).shuffle(items)  # noqa: S311 - order, not secrecy


def main() -> None:
    """Serve grades until the orchestrator hangs up."""
    wire = Wire()
    warm_up()
    # Hidden tests write `from oracle import SubjectRaised`.
    sys.modules["oracle"] = sys.modules["__main__"]
    while (frame := wire.receive()) is not None:
        if frame["op"] == "wipe":
            wipe(LINK)
            wire.send({})
        else:
            wire.send(grade(frame))


def warm_up() -> None:
    """Run pytest once on nothing: what it imports then, and what the collector need not look at again, is shared."""
    nothing = TESTS / "warm" / "test_nothing.py"
    nothing.parent.mkdir(parents=True)
    nothing.write_text("def test_nothing(): pass\n")
    pytest.main(["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull, str(nothing)])
    gc.collect()
    gc.freeze()


def grade(frame: dict[str, Any]) -> dict[str, Any]:
    """One pytest session in a forked child."""
    for path, text in frame["tests"].items():
        file = TESTS / frame["suite"] / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    RESULT.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = run_tests(frame)
        finally:
            os._exit(status)
    deadline = time.monotonic() + frame["budget_s"] + 15
    while (done := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    xml = RESULT.read_text(encoding="utf-8") if RESULT.exists() else ""
    output = OUTPUT.read_text(encoding="utf-8", errors="replace") if OUTPUT.exists() else ""
    return {"exit": os.waitstatus_to_exitcode(done[1]), "xml": xml, "output": output[-20_000:]}


def run_tests(frame: dict[str, Any]) -> int:
    """In the child: pytest on the frame's tests; its exit status."""
    log = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    root = TESTS / frame["suite"]
    os.chdir(root)
    subject = Subject(frame["socket"], frame["files"], frame["budget_s"])
    arguments = ["-q", "--tb=short", "--import-mode=importlib", f"--rootdir={root}", "-c", os.devnull]
    arguments += ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "-o", "junit_logging=no"]
    arguments += [f"--junitxml={RESULT}"]
    arguments += [path for path in frame["tests"] if Path(path).name.startswith("test_")]
    return int(pytest.main(arguments, plugins=[Plugin(subject, frame["shuffle"])]))


def wipe(folder: str) -> None:
    """Empty a folder that untrusted code of this user could write to; links are removed, not followed."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)  # noqa: PTH101
            wipe(entry.path)
            os.rmdir(entry.path)  # noqa: PTH106
        else:
            os.unlink(entry.path)  # noqa: PTH108


def _exchange(address: str, request: bytes, deadline: float) -> bytes:
    """Send one line, read one line, within a deadline for the whole."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(max(0.01, deadline - time.monotonic()))
        sock.connect(address)
        sock.sendall(request)
        answer = bytearray()
        while not answer.endswith(b"\n"):
            sock.settimeout(max(0.001, deadline - time.monotonic()))
            data = sock.recv(1 << 16)
            if not data:
                raise ValueError("it hung up")
            answer += data
            if len(answer) > ANSWER_CAP:
                raise ValueError(f"an answer of more than {ANSWER_CAP >> 20} MiB")
        return bytes(answer)


_dumps = json.dumps  # `Subject.http` has a parameter called json


if __name__ == "__main__":
    main()
