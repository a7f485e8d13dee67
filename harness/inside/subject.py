"""Runs the work under test as production would and relays requests to it from a unix socket.

Frames: {"op": "serve", "tree": base64 tar, "run": {...}, "call_server": source, "socket", "key"} -> {"healthy",
"start_s", "reason"} (built first, if `run` says how; that is no part of `start_s`), then {"op": "log"} -> {"log"}. On
the socket: a JSON line in, a JSON line back, with the request's id, behind its seal: the work may put itself in the
socket's place, but only this process has the key.
The code under test runs as this process's user, so it could end this process: the orchestrator then sees the stream
end and scores the work as not solved.
"""

import base64
import contextlib
import ctypes
import io
import json
import os
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import tarfile
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import IO, Any

from harness.inside.wire import Wire, seal

WORKSPACE = "/workspace"
BODY_CAP = 4 << 20  # bytes of one response or of one command's output
LOG_CAP = 32 << 10
# What the box sets for everything in it; the rest of a program's environment is the task's.
KEPT_ENV = ("PATH", "HOME", "LANG", "CGO_ENABLED", "GOFLAGS", "GOPROXY", "GOROOT", "GOTOOLCHAIN")
CALL_SERVERS = {"python": ["python3", "-c"], "javascript": ["node", "--input-type=module", "--eval"]}


def main() -> None:
    """Serve until the orchestrator hangs up."""
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off: the same user may not read or trace us
    wire = Wire()
    work: Work | None = None
    while (frame := wire.receive()) is not None:
        if frame["op"] == "serve":
            work = Work(frame["run"], frame.get("call_server", ""))
            with tarfile.open(fileobj=io.BytesIO(base64.b64decode(frame["tree"]))) as tar:
                tar.extractall(WORKSPACE)  # noqa: S202 - packed by the orchestrator from a checked tree
            answer = work.build() or work.start()
            listen(work, frame["socket"], frame["key"])
            wire.send(answer)
        elif frame["op"] == "log":
            wire.send({"log": work.log() if work else ""})


def listen(work: "Work", path: str, key: str) -> None:
    """Answer the oracle's requests, a thread a connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline(BODY_CAP * 2):
                request = json.loads(line)
                answer = json.dumps({"id": request["id"], **work.answer(request)}).encode() + b"\n"
                self.wfile.write(seal(key, line, answer) + b" " + answer)

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        request_queue_size = 128

    threading.Thread(target=Server(path, Handler).serve_forever, daemon=True).start()


class Work:
    """The program under test: its service, its commands, its functions."""

    def __init__(self, run: dict[str, Any], call_server: str) -> None:
        self._run = run
        self._call_source = call_server
        self._data = tempfile.mkdtemp(prefix="data-")
        self._tail = bytearray()
        self._port = 0
        self._caller: Caller | None = None
        self._lock = threading.Lock()
        self._local = threading.local()

    def build(self) -> dict[str, Any] | None:
        """Build the program, once; what to answer when that fails."""
        if not self._run["build"]:
            return None
        with tempfile.TemporaryFile() as output:
            try:
                building = subprocess.Popen(
                    self._filled(self._run["build"]), cwd=WORKSPACE, env=self._env(), stdin=subprocess.DEVNULL,
                    stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                return {"healthy": False, "start_s": 0.0, "reason": f"cannot be built: {error}"}
            try:
                code = building.wait(self._run["build_s"])
            except subprocess.TimeoutExpired:
                os.killpg(building.pid, signal.SIGKILL)
                building.wait()
                return {"healthy": False, "start_s": 0.0, "reason": f"is not built after {self._run['build_s']:.0f} s"}
            said = beginning(output).strip()
        self._tail += said.encode()[-LOG_CAP:]
        return {"healthy": False, "start_s": 0.0, "reason": f"does not build: {said[-400:]}"} if code else None

    def start(self) -> dict[str, Any]:
        """Start the service and wait until it is healthy; a task without one is healthy at once."""
        if not self._run["service"]:
            return {"healthy": True, "start_s": 0.0, "reason": ""}
        self._port = free_port()
        begun = time.monotonic()
        try:
            service = subprocess.Popen(
                self._filled(self._run["service"]),
                cwd=WORKSPACE,
                env=self._env(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return {"healthy": False, "start_s": 0.0, "reason": f"cannot be started: {error}"}
        threading.Thread(target=self._drain, args=(service.stdout,), daemon=True).start()
        found: list[dict[str, Any]] = []
        # In a thread, since a service that dribbles its answer could hold a single request for ever.
        waiting = threading.Thread(target=lambda: found.append(self._healthy(service, begun)), daemon=True)
        waiting.start()
        waiting.join(self._run["start_cap_s"] + 1)
        return found[0] if found else _not_healthy(time.monotonic() - begun)

    def _healthy(self, service: "subprocess.Popen[bytes]", begun: float) -> dict[str, Any]:
        """Wait until the service answers, has ended, or has had its time."""
        while (waited := time.monotonic() - begun) < self._run["start_cap_s"]:
            if service.poll() is not None:
                time.sleep(0.05)  # its last words are still in the pipe
                return {"healthy": False, "start_s": waited, "reason": f"ended with status {service.returncode}"}
            with contextlib.suppress(OSError, HTTPException, ValueError):
                if self.http({"method": "GET", "path": self._run["health"], "timeout": 1.0})["status"] < 300:
                    return {"healthy": True, "start_s": time.monotonic() - begun, "reason": ""}
            time.sleep(0.004)
        return _not_healthy(waited)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request of the oracle; what goes wrong is an answer too."""
        handlers = {"http": self.http, "cli": self.cli, "call": self.call, "restart": self.restart}
        try:
            return {"ok": handlers[request["op"]](request)}
        except TimeoutError:
            return {"error": "no answer in time"}
        except (OSError, HTTPException, ValueError) as error:
            return {"error": f"{type(error).__name__}: {error}"[:500]}

    def http(self, request: dict[str, Any]) -> dict[str, Any]:
        """Relay one HTTP request to the service."""
        connection = self._connection(request["timeout"])
        try:
            body = request.get("body")
            connection.request(request["method"], request["path"], body and body.encode(), request.get("headers") or {})
            response = connection.getresponse()
            text = response.read(BODY_CAP + 1)
            if len(text) > BODY_CAP:
                raise ValueError(f"a response of more than {BODY_CAP >> 20} MiB")
        except BaseException:
            connection.close()
            raise
        headers = {name.lower(): value for name, value in response.getheaders()}
        return {"status": response.status, "headers": headers, "text": text.decode(errors="replace")}

    def _connection(self, timeout: float) -> HTTPConnection:
        """This thread's connection to the service, kept as long as the service keeps it."""
        kept: HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is None or kept.port != self._port:
            kept = self._local.connection = HTTPConnection("127.0.0.1", self._port)
        if kept.sock and select.select([kept.sock], [], [], 0)[0]:
            kept.close()  # the service has closed it, or says something nobody asked for
        kept.timeout = timeout
        if kept.sock:
            kept.sock.settimeout(timeout)
        return kept

    def cli(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the command line once."""
        with tempfile.TemporaryDirectory(prefix="files-") as folder, tempfile.TemporaryFile() as out, \
                tempfile.TemporaryFile() as err:  # fmt: skip
            for name, text in request["files"].items():
                with open(os.path.join(folder, os.path.basename(name)), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH119, PTH123
                    file.write(text)
            argv = [*self._run["cli"], *(arg.replace("{files}", folder) for arg in request["args"])]
            command = subprocess.Popen(
                self._filled(argv), cwd=WORKSPACE, env=self._env(), stdin=subprocess.PIPE, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip
            try:
                command.communicate(request["stdin"].encode(), timeout=request["timeout"])
            except subprocess.TimeoutExpired:
                os.killpg(command.pid, signal.SIGKILL)
                command.wait()
                raise TimeoutError from None
            return {"code": command.returncode, "stdout": beginning(out), "stderr": beginning(err)}

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function in a process of its own that stays for the next call."""
        with self._lock:
            if self._caller is None or not self._caller.alive():
                self._caller = Caller([*CALL_SERVERS[self._run["call"]], self._call_source], self._env())
            return self._caller.call(request)

    def restart(self, request: dict[str, Any]) -> dict[str, Any]:
        """Kill everything but this process, then start again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        self._caller = None
        if request["fresh"]:
            shutil.rmtree(self._data, ignore_errors=True)
            self._data = tempfile.mkdtemp(prefix="data-")
        return self.start()

    def log(self) -> str:
        """The end of what the service printed."""
        return bytes(self._tail).decode(errors="replace")

    def _filled(self, argv: list[str]) -> list[str]:
        return [arg.replace("{port}", str(self._port)).replace("{data}", self._data) for arg in argv]

    def _env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_ENV if name in os.environ}
        return {**kept, "PYTHONUNBUFFERED": "1", **self._run["env"]}

    def _drain(self, pipe: IO[bytes]) -> None:
        while data := os.read(pipe.fileno(), 1 << 16):
            self._tail += data
            del self._tail[:-LOG_CAP]


class Caller:
    """A process that imports the work and calls its functions; JSON lines on two pipes."""

    def __init__(self, program: list[str], env: dict[str, str]) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self._process = subprocess.Popen(
            [*program, str(theirs_in), str(theirs_out)],
            cwd=WORKSPACE, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out), start_new_session=True,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._answers = os.fdopen(ours_in, "rb")
        self._requests = os.fdopen(ours_out, "wb")

    def alive(self) -> bool:
        """Whether it can be called again."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill it and let its pipes go."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._answers, self._requests):
            with contextlib.suppress(OSError):
                pipe.close()

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call one function; the process is killed when it takes too long."""
        line = {name: request[name] for name in ("id", "target", "args", "kwargs")}
        killer = threading.Timer(request["timeout"], self._process.kill)
        killer.start()
        try:
            self._requests.write(json.dumps(line).encode() + b"\n")
            self._requests.flush()
            answer = json.loads(self._answers.readline(BODY_CAP) or b"null")
        except (OSError, ValueError, RecursionError):
            answer = None
        finally:
            killer.cancel()
        if not isinstance(answer, dict) or answer.get("id") != request["id"]:
            self.close()  # whatever is still in its pipe answers no later call
            raise ValueError("the call ended its process, took too long or answered too much")
        return {name: answer[name] for name in ("value", "raised") if name in answer}


def _not_healthy(waited: float) -> dict[str, Any]:
    return {"healthy": False, "start_s": waited, "reason": f"not healthy after {waited:.0f} s"}


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def beginning(file: IO[bytes]) -> str:
    """The first `BODY_CAP` bytes of a file as text."""
    file.seek(0)
    return file.read(BODY_CAP).decode(errors="replace")


if __name__ == "__main__":
    main()
