"""Runs the hidden tests. Holds none of the agent's bytes but the text of its tree, as data.

Stays for a whole run: pytest is imported once, each grade is a forked child, forked early: it collects the tests while
the agent still works, and waits. Frames:
{"op": "wipe"} -> {}: empty the folder shared with the subject, so that nothing passes from one subject to the next;
{"op": "collect", "suite": folder name, "tests": {path: text}, "shuffle"}: get ready for one grade, no answer;
{"op": "grade", "files": {path: text}, "socket", "key", "budget_s"} -> {"exit", "xml", "output"}: run it.
"""

import contextlib
import gc
import hmac
import itertools
import json
import math
import os
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from harness.inside.wire import Wire, seal

TESTS = Path("/tmp/tests")  # noqa: S108 - in the box; kept, so that rewritten tests are compiled once
RESULT, OUTPUT = Path("/tmp/junit.xml"), Path("/tmp/output.txt")  # noqa: S108
LINK = "/run/link"
ANSWER_CAP = 8 << 20  # bytes; as JSON of small things it takes some twenty times that in memory


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
            return loads(self.text)
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

    def __init__(self, address: str, files: dict[str, str], budget_s: float, key: str) -> None:
        self._address = address
        self._key = key
        self._files = files
        self._ends = time.monotonic() + budget_s
        self._ids = itertools.count(random.SystemRandom().getrandbits(32))
        self._local = threading.local()  # a connection a thread

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
        request = _dumps({"id": request_id, "op": op, "timeout": timeout, **fields}).encode() + b"\n"
        try:
            answer = loads(self._opened(request, self._exchange(request, deadline)))
            answered = answer["id"] == request_id
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._local.sock = None  # a late answer must not be taken for the next one
            raise SubjectError(f"the subject is not there: {error}") from None
        if not answered:
            raise SubjectError("the subject answered something else")
        if "ok" not in answer or not isinstance(answer["ok"], dict):
            raise SubjectError(str(answer.get("error", "no answer"))[:500])
        ok: dict[str, Any] = answer["ok"]
        return ok

    def _opened(self, request: bytes, line: bytes) -> bytes:
        """The answer in a line, if it is from the program we put beside the work. Raises ValueError."""
        seen, _, answer = line.partition(b" ")
        if not hmac.compare_digest(seen, seal(self._key, request, answer)):
            raise ValueError("somebody else answered in its place")
        return answer

    def _exchange(self, request: bytes, deadline: float) -> bytes:
        """Send one line, read one line, within a deadline for the whole."""
        sock = getattr(self._local, "sock", None)
        if sock is None:
            sock = self._local.sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(_left(deadline))
            sock.connect(self._address)
        sock.settimeout(_left(deadline))
        sock.sendall(request)
        answer = bytearray()
        while not answer.endswith(b"\n"):
            sock.settimeout(_left(deadline))  # a peer that dribbles would never let a single read time out
            data = sock.recv(1 << 16)
            if not data:
                raise ValueError("it hung up")
            answer += data
            if len(answer) > ANSWER_CAP:
                raise ValueError(f"an answer of more than {ANSWER_CAP >> 20} MiB")
        return bytes(answer)


class Plugin:
    """What the hidden tests find in pytest: the `subject` fixture, and an order that depends on the seed."""

    def __init__(self, go: int, shuffle: int | None) -> None:
        self._go, self._shuffle = go, shuffle
        self._subject: Subject | None = None

    @pytest.fixture(scope="session")
    def subject(self) -> Subject | None:
        """The work under test."""
        return self._subject

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Shuffle, when asked to."""
        if self._shuffle is not None:
            random.Random(self._shuffle).shuffle(items)  # noqa: S311 - order, not secrecy

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Wait, with everything collected, until there is something to grade."""
        with os.fdopen(self._go, "rb") as pipe:
            order = json.loads(pipe.read() or b"null")
        if order is None:
            os._exit(0)  # nobody wants this grade any more
        self._subject = Subject(order["socket"], order["files"], order["budget_s"], order["key"])


def main() -> None:
    """Serve grades until the orchestrator hangs up."""
    wire = Wire()
    warm_up()
    # Hidden tests write `from oracle import SubjectRaised`.
    sys.modules["oracle"] = sys.modules["__main__"]
    session: Session | None = None
    while (frame := wire.receive()) is not None:
        if frame["op"] == "wipe":
            wipe(LINK)
            wire.send({})
        elif frame["op"] == "collect":
            if session:
                session.cancel()
            session = Session(frame)
        else:
            assert session, "collect before grade"  # noqa: S101
            wire.send(session.grade(frame))
            session = None


def warm_up() -> None:
    """Run pytest once on nothing: what it imports then, and what the collector need not look at again, is shared."""
    nothing = TESTS / "warm" / "test_nothing.py"
    nothing.parent.mkdir(parents=True)
    nothing.write_text("def test_nothing(): pass\n")
    pytest.main(["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull, str(nothing)])
    gc.collect()
    gc.freeze()


class Session:
    """One pytest session in a forked child: collected at once, run when told to."""

    def __init__(self, frame: dict[str, Any]) -> None:
        for path, text in frame["tests"].items():
            file = TESTS / frame["suite"] / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")
        RESULT.unlink(missing_ok=True)
        theirs, self._go = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            status = 70
            try:
                os.close(self._go)
                status = run_tests(frame, theirs)
            finally:
                os._exit(status)
        os.close(theirs)

    def grade(self, order: dict[str, Any]) -> dict[str, Any]:
        """Run what was collected against a subject."""
        with contextlib.suppress(BrokenPipeError), os.fdopen(self._go, "wb") as pipe:
            pipe.write(_dumps(order).encode())
        deadline = time.monotonic() + order["budget_s"] + 15
        while (done := os.waitpid(self._child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self._child, signal.SIGKILL)
            time.sleep(0.002)
        xml = RESULT.read_text(encoding="utf-8") if RESULT.exists() else ""
        output = OUTPUT.read_text(encoding="utf-8", errors="replace") if OUTPUT.exists() else ""
        return {"exit": os.waitstatus_to_exitcode(done[1]), "xml": xml, "output": output[-20_000:]}

    def cancel(self) -> None:
        """End the child unused."""
        os.close(self._go)
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


def run_tests(frame: dict[str, Any], go: int) -> int:
    """In the child: pytest on the frame's tests, run when `go` can be read; its exit status."""
    log = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    root = TESTS / frame["suite"]
    os.chdir(root)
    arguments = ["-q", "--tb=short", "--import-mode=importlib", f"--rootdir={root}", "-c", os.devnull]
    arguments += ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", "-o", "junit_logging=no"]
    arguments += [f"--junitxml={RESULT}"]
    arguments += [path for path in frame["tests"] if Path(path).name.startswith("test_")]
    return int(pytest.main(arguments, plugins=[Plugin(go, frame["shuffle"])]))


def wipe(folder: str) -> None:
    """Empty a folder that untrusted code of this user could write to; links are removed, not followed."""
    os.chmod(folder, 0o755)  # noqa: PTH101, S103 - it may have taken our rights away
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            wipe(entry.path)
            os.rmdir(entry.path)  # noqa: PTH106
        else:
            os.unlink(entry.path)  # noqa: PTH108


def loads(text: str | bytes) -> Any:
    """JSON as it is defined. Python reads more: an infinity, which equals itself plus anything a test could add."""
    return json.loads(text, parse_constant=_no_number, parse_float=_finite)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:20]} is beyond all numbers")
    return number


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no whole answer in time")
    return left


_dumps = json.dumps  # `Subject.http` has a parameter called json


if __name__ == "__main__":
    main()
