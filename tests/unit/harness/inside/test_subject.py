"""The subject's programs, run on this machine: calls, commands, a service."""

import json
import os
import shutil
import socket
import time
from pathlib import Path

import pytest

from harness.inside import call_python, program, subject
from harness.inside.subject import Caller, Work
from harness.inside.wire import seal

SHOP = """
import os, sys, time, json
def add(a, b=0): return a + b
def fail(): raise ValueError("no " + "x" * 900)
def leave(): sys.exit(3)
def vanish(): os._exit(0)
def sleep(): time.sleep(30)
def thing(): return object()
def big(): return "x" * 5_000_000
def forge():
    for fd in map(int, os.listdir("/proc/self/fd")):
        try: os.write(fd, b'{"id": 1, "value": "forged"}\\n{"id": 2, "value": "forged"}\\n')
        except OSError: pass
def deep():
    value = []
    for _ in range(100_000): value = [value]
    return value
print("noise")
class K:
    @staticmethod
    def m(): return {"k": [1, None]}
"""
SERVICE = """
import sys, os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
port, data = int(sys.argv[1]), Path(sys.argv[2])
print("started")
class H(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"x" * 300 if self.path == "/big" else (self.path + " " + str(data.is_dir())).encode()
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("X-Seen", self.headers.get("X-Sent", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200); self.end_headers(); self.wfile.write(body[::-1])
HTTPServer(("127.0.0.1", port), H).serve_forever()
"""
RUN = {
    "service": [],
    "health": "/",
    "cli": ["python3", "cli.py"],
    "call": "python",
    "env": {"EXTRA": "1"},
    "start_cap_s": 10,
}
CLI = "import sys, os; sys.stdout.write(sys.stdin.read() + os.environ['EXTRA']); sys.exit(int(sys.argv[1]))"


@pytest.fixture(autouse=True)
def data(tmp_path_factory, monkeypatch):
    """Where data folders are made: in a box they go with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("data")))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr(subject, "WORKSPACE", str(tmp_path))
    for name, text in {"shop.py": SHOP, "cli.py": CLI, "service.py": SERVICE}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def caller(workspace):
    made = Caller(["python3", "-c", Path(call_python.__file__).read_text()], dict(os.environ))
    yield made
    made.close()


def asked(target: str, *args, id: int = 1, timeout: float = 10.0, **kwargs) -> dict:
    return {"id": id, "op": "call", "target": target, "args": args, "kwargs": kwargs, "timeout": timeout}


class TestCalls:
    def test_values_come_back_and_the_process_stays(self, caller):
        assert caller.call(asked("shop:add", 1, b=2)) == {"value": 3}
        assert caller.call(asked("shop:K.m", id=2)) == {"value": {"k": [1, None]}}
        assert caller.alive()

    def test_what_is_raised_is_an_answer(self, caller):
        raised = caller.call(asked("shop:fail"))["raised"]
        assert raised["type"] == "ValueError"
        assert len(raised["message"]) == 500

    @pytest.mark.parametrize(
        ("target", "kind"),
        [
            ("shop:nothing", "AttributeError"),
            ("nowhere:f", "ModuleNotFoundError"),
            ("shop:thing", "TypeError"),
            ("shop:deep", "RecursionError"),
        ],
    )
    def test_what_cannot_be_called_or_told_is_raised(self, caller, target, kind):
        assert caller.call(asked(target))["raised"]["type"] == kind

    @pytest.mark.parametrize("target", ["shop:leave", "shop:vanish", "shop:big", "shop:forge"])
    def test_one_that_ends_its_process_or_floods_it_is_an_error_and_the_process_is_gone(self, caller, target):
        with pytest.raises(ValueError, match="the call ended its process"):
            caller.call(asked(target, id=9))
        assert not caller.alive()

    def test_one_that_takes_too_long_is_killed(self, caller):
        began = time.monotonic()
        with pytest.raises(ValueError, match="took too long"):
            caller.call(asked("shop:sleep", timeout=0.3))
        assert time.monotonic() - began < 5
        assert not caller.alive()

    def test_after_a_bad_call_the_next_one_gets_a_new_process(self, workspace):
        work = Work(RUN, Path(call_python.__file__).read_text())
        for bad in ("shop:vanish", "shop:big", "shop:forge"):
            assert "error" in work.answer(asked(bad, id=9))
            assert work.answer(asked("shop:add", 2, 2)) == {"ok": {"value": 4}}
        work._caller.close()

    def test_an_answer_has_the_requests_id(self):
        assert call_python.answer(asked("math:floor", 2.5, id=77)) == {"id": 77, "value": 2}


MODULE = """
console.log("noise");
export const add = (a, b = 0) => a + b;
export const later = async (a) => [a, null];
export const named = (a, { times }) => a.repeat(times);
export const fail = () => { throw new RangeError("no " + "x".repeat(900)); };
export const odd = () => { throw "a text"; };
export const nothing = () => {};
export const big = () => "x".repeat(5_000_000);
export const leave = () => process.exit(0);
export const endless = () => { for (;;); };
export const round = () => { const ring = {}; ring.ring = ring; return ring; };
export const counter = { count: 0, next() { return ++this.count; } };
export const replaced = () => { JSON.stringify = () => "gone"; };
"""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node on this machine")
class TestCallsOfJavaScript:
    @pytest.fixture
    def caller(self, workspace):
        (workspace / "src").mkdir()
        (workspace / "src" / "shop.mjs").write_text(MODULE)
        source = program("call_node", "mjs").read_text()
        made = Caller([*subject.CALL_SERVERS["javascript"], source], dict(os.environ))
        yield made
        made.close()

    def test_values_and_promises_come_back_and_the_process_stays(self, caller):
        assert caller.call(asked("src/shop.mjs:add", 1, 2)) == {"value": 3}
        assert caller.call(asked("src/shop.mjs:later", "ü")) == {"value": ["ü", None]}
        assert caller.call(asked("src/shop.mjs:named", "a", times=3)) == {"value": "aaa"}
        assert caller.call(asked("src/shop.mjs:nothing")) == {"value": None}
        assert caller.call(asked("src/shop.mjs:counter.next")) == {"value": 1}
        assert caller.call(asked("src/shop.mjs:counter.next", id=9)) == {"value": 2}

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("src/shop.mjs:fail", "RangeError"),
            ("src/shop.mjs:odd", "string"),
            ("src/shop.mjs:missing", "TypeError"),
            ("src/nowhere.mjs:add", "Error"),
            ("src/shop.mjs:round", "TypeError"),
        ],
    )
    def test_what_is_thrown_or_cannot_be_told_is_an_answer(self, caller, name, kind):
        raised = caller.call(asked(name))["raised"]
        assert raised["type"] == kind
        assert len(raised["message"]) <= 500

    @pytest.mark.parametrize("name", ["leave", "big"])
    def test_one_that_ends_its_process_or_floods_it_is_an_error(self, caller, name):
        with pytest.raises(ValueError, match="the call ended its process"):
            caller.call(asked(f"src/shop.mjs:{name}"))

    def test_one_that_never_returns_is_killed(self, caller):
        with pytest.raises(ValueError, match="took too long"):
            caller.call(asked("src/shop.mjs:endless", timeout=0.5))
        assert not caller.alive()


class TestBuilds:
    def built(self, script, **changes):
        return Work({**RUN, "build": ["sh", "-c", script], "build_s": 10, **changes}, "").build()

    def test_nothing_to_build_is_no_failure(self, workspace):
        assert Work({**RUN, "build": []}, "").build() is None

    def test_a_build_runs_in_the_tree(self, workspace):
        assert self.built("cat shop.py > built; echo $EXTRA >> built") is None
        assert (workspace / "built").read_text() == f"{SHOP}1\n"

    def test_one_that_fails_says_why(self, workspace):
        answer = self.built("echo line 3: no such thing >&2; exit 2")
        assert (answer["healthy"], answer["reason"]) == (False, "does not build: line 3: no such thing")

    def test_one_that_takes_too_long_or_cannot_start_says_so(self, workspace):
        assert self.built("sleep 30", build_s=0.2)["reason"] == "is not built after 0 s"
        assert "cannot be built" in Work({**RUN, "build": ["/no/such"], "build_s": 1}, "").build()["reason"]


class TestCommands:
    def test_status_and_both_outputs_come_back(self, workspace):
        answer = Work(RUN, "").answer({"op": "cli", "args": ["3"], "stdin": "in ü ", "files": {}, "timeout": 10})
        assert answer == {"ok": {"code": 3, "stdout": "in ü 1", "stderr": ""}}

    def test_files_lie_in_a_folder_under_plain_names(self, workspace):
        run = {**RUN, "cli": ["ls"]}
        files = {"../../a.txt": "1", "b.txt": "2"}
        answer = Work(run, "").answer({"op": "cli", "args": ["{files}"], "stdin": "", "files": files, "timeout": 10})
        assert answer["ok"]["stdout"] == "a.txt\nb.txt\n"

    def test_one_that_takes_too_long_is_killed_with_its_children(self, workspace):
        run = {**RUN, "cli": ["sh", "-c", "sleep 30 & echo $! > child; wait"]}
        answer = Work(run, "").answer({"op": "cli", "args": [], "stdin": "", "files": {}, "timeout": 0.3})
        assert answer == {"error": "no answer in time"}
        child = int((workspace / "child").read_text())
        time.sleep(0.05)
        state = Path(f"/proc/{child}/stat")
        assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"

    def test_one_that_cannot_be_started_is_an_error(self, workspace):
        answer = Work({**RUN, "cli": ["/no/such/program"]}, "").answer(
            {"op": "cli", "args": [], "stdin": "", "files": {}, "timeout": 1}
        )
        assert "FileNotFoundError" in answer["error"]

    def test_endless_output_is_cut(self, workspace, monkeypatch):
        monkeypatch.setattr(subject, "BODY_CAP", 1_000)
        run = {**RUN, "cli": ["head", "-c", "100000", "/dev/zero"]}
        answer = Work(run, "").answer({"op": "cli", "args": [], "stdin": "", "files": {}, "timeout": 10})
        assert len(answer["ok"]["stdout"]) == 1_000


class TestService:
    @pytest.fixture
    def work(self, workspace, monkeypatch):
        started = []
        popen = subject.subprocess.Popen

        def remembered(*args, **kwargs):
            started.append(popen(*args, **kwargs))
            return started[-1]

        monkeypatch.setattr(subject.subprocess, "Popen", remembered)

        def make(**changes):
            return Work({**RUN, "service": ["python3", "service.py", "{port}", "{data}"], **changes}, "")

        yield make
        for process in started:
            process.kill()
            process.wait()

    def request(self, path="/", **fields):
        return {"op": "http", "method": "GET", "path": path, "timeout": 5.0, **fields}

    def test_a_healthy_service_answers_and_its_output_is_kept(self, work):
        running = work()
        assert running.start()["healthy"] is True
        answer = running.answer(self.request("/x", headers={"X-Sent": "1"}))["ok"]
        assert (answer["status"], answer["text"], answer["headers"]["x-seen"]) == (200, "/x True", "1")
        assert running.answer(self.request(method="POST", body="abc"))["ok"]["text"] == "cba"
        assert running.answer(self.request("/none"))["ok"]["status"] == 404
        assert "started" in running.log()

    def test_a_service_that_ends_is_not_healthy_and_says_how(self, work):
        answer = work(service=["python3", "-c", "print('oh no'); exit(4)"]).start()
        assert (answer["healthy"], answer["reason"]) == (False, "ended with status 4")

    def test_a_service_that_never_listens_is_given_up(self, work):
        answer = work(service=["sleep", "30"], start_cap_s=0.2).start()
        assert answer["healthy"] is False
        assert "not healthy after" in answer["reason"]

    def test_a_service_without_a_program_is_given_up(self, work):
        assert "cannot be started" in work(service=["/no/such"]).start()["reason"]

    def test_an_unhealthy_status_is_not_health(self, work):
        assert work(health="/none", start_cap_s=0.5).start()["healthy"] is False

    def test_a_huge_response_is_refused(self, work, monkeypatch):
        running = work()
        running.start()
        monkeypatch.setattr(subject, "BODY_CAP", 200)
        assert "a response of more than" in running.answer(self.request("/big"))["error"]

    def test_no_service_is_healthy_at_once(self, workspace):
        assert Work(RUN, "").start() == {"healthy": True, "start_s": 0.0, "reason": ""}

    def test_nobody_listening_is_an_error(self, work):
        assert "ConnectionRefusedError" in work().answer(self.request())["error"]


def test_requests_on_the_socket_are_answered_with_their_id_and_sealed(workspace):
    address = str(workspace / "s.sock")
    subject.listen(Work(RUN, ""), address, "a key")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(address)
        request = {"id": 5, "op": "cli", "args": ["0"], "stdin": "", "files": {}, "timeout": 5}
        line = json.dumps(request).encode() + b"\n"
        sock.sendall(line)
        seen, _, answer = sock.makefile("rb").readline().partition(b" ")
    assert json.loads(answer) == {"id": 5, "ok": {"code": 0, "stdout": "1", "stderr": ""}}
    assert seen == seal("a key", line, answer)
