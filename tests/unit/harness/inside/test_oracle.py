"""The oracle's side of the conversation with a subject that may do anything."""

import contextlib
import json
import os
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from harness.inside import oracle
from harness.inside.oracle import Subject, SubjectError, SubjectRaised, wipe
from harness.inside.wire import seal

HANG_UP = object()
KEY = "a key"


@pytest.fixture
def peer(tmp_path):
    """A subject that answers as told: a function from (connection, request line) to nothing."""
    servers = []

    def start(behave) -> str:
        address = str(tmp_path / f"{len(servers)}.sock")
        server = socket.socket(socket.AF_UNIX)
        server.bind(address)
        server.listen()
        servers.append(server)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, connection.makefile("rb") as file, contextlib.suppress(OSError):
                        for line in file:
                            if behave(connection, line) is HANG_UP:
                                break

        threading.Thread(target=serve, daemon=True).start()
        return address

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def replying(make):
    return lambda connection, line: connection.sendall(sealed(line, make(json.loads(line))))


def sealed(line, message, key=KEY):
    answer = json.dumps(message).encode() + b"\n"
    return seal(key, line, answer) + b" " + answer


def ok(**fields):
    return replying(lambda request: {"id": request["id"], "ok": fields})


class TestRequests:
    def test_a_call_gives_its_value(self, peer):
        assert Subject(peer(ok(value=[1, 2])), {}, 9, KEY).call("m:f", 1) == [1, 2]

    def test_what_was_asked_is_what_arrives(self, peer):
        seen = []
        address = peer(replying(lambda request: seen.append(request) or {"id": request["id"], "ok": {"value": 0}}))
        Subject(address, {}, 9, KEY).call("m:f", 1, timeout=3, key="v")
        assert {k: seen[0][k] for k in ("op", "target", "args", "kwargs", "timeout")} == {
            "op": "call", "target": "m:f", "args": [1], "kwargs": {"key": "v"}, "timeout": 3,
        }  # fmt: skip

    def test_http_and_cli_become_objects(self, peer):
        response = Subject(peer(ok(status=201, headers={"x": "y"}, text='{"a": 1}')), {}, 9, KEY).http("GET", "/")
        assert (response.status, response.headers, response.json()) == (201, {"x": "y"}, {"a": 1})
        done = Subject(peer(ok(code=2, stdout="o", stderr="e")), {}, 9, KEY).cli(["x"])
        assert (done.code, done.stdout, done.stderr) == (2, "o", "e")

    def test_json_bodies_say_so_also_when_they_are_empty_values(self, peer):
        seen = []
        answer = {"status": 200, "headers": {}, "text": ""}
        address = peer(replying(lambda request: seen.append(request) or {"id": request["id"], "ok": answer}))
        Subject(address, {}, 9, KEY).http("POST", "/", json=[])
        assert (seen[0]["body"], seen[0]["headers"]) == ("[]", {"Content-Type": "application/json"})

    def test_a_raised_error_has_type_and_message(self, peer):
        address = peer(ok(raised={"type": "ValueError", "message": "no"}))
        with pytest.raises(SubjectRaised, match="ValueError: no") as caught:
            Subject(address, {}, 9, KEY).call("m:f")
        assert (caught.value.type, caught.value.message) == ("ValueError", "no")

    def test_a_service_that_does_not_come_back_fails_the_test(self, peer):
        with pytest.raises(SubjectError, match="did not come back: too slow"):
            Subject(peer(ok(healthy=False, reason="too slow")), {}, 9, KEY).restart()

    def test_a_body_that_is_no_json_fails_the_test(self, peer):
        with pytest.raises(SubjectError, match="status 500, not JSON"):
            Subject(peer(ok(status=500, headers={}, text="<html>")), {}, 9, KEY).http("GET", "/").json()

    @pytest.mark.parametrize("text", ["Infinity", "[-Infinity]", "NaN", "1e999", "-1e400"])
    def test_a_number_that_equals_its_own_successor_is_no_json(self, peer, text):
        answer = Subject(peer(ok(status=200, headers={}, text=text)), {}, 9, KEY).http("GET", "/")
        with pytest.raises(SubjectError, match="not JSON"):
            answer.json()

    def test_files_cannot_be_changed_for_later_tests(self):
        subject = Subject("nowhere", {"a": "1"}, 9, KEY)
        subject.files()["a"] = "2"
        assert subject.files() == {"a": "1"}


class TestBadPeers:
    @pytest.mark.parametrize(
        ("behave", "said"),
        [
            (lambda c, line: HANG_UP, "hung up"),
            (lambda c, line: c.sendall(b"garbage\n"), "not there"),
            (lambda c, line: c.sendall(b"\xff\xfe\n"), "not there"),
            (lambda c, line: c.sendall(b"[1]\n"), "not there"),
            (lambda c, line: c.sendall(b"{}\n"), "not there"),
            (lambda c, line: c.sendall(b'{"id": 1, "ok": {"value": 1}}\n'), "somebody else"),
            (lambda c, line: c.sendall(sealed(line, json.loads(line), "another key")), "somebody else"),
            (lambda c, line: c.sendall(sealed(line[1:], json.loads(line))), "somebody else"),
            (lambda c, line: c.sendall(sealed(line, json.loads(line)).replace(b"m:f", b"m:g")), "somebody else"),
            (replying(lambda r: {"id": 1, "ok": {"value": 1}}), "answered something else"),
            (replying(lambda r: {"id": r["id"], "ok": {"value": float("inf")}}), "is no JSON"),
            (replying(lambda r: {"id": r["id"]}), "no answer"),
            (replying(lambda r: {"id": r["id"], "ok": 3}), "no answer"),
            (replying(lambda r: {"id": r["id"], "error": "it broke"}), "it broke"),
            (lambda c, line: c.sendall(line[:20]) or HANG_UP, "hung up"),
        ],
    )
    def test_a_wrong_answer_fails_the_test_in_words(self, peer, behave, said):
        with pytest.raises(SubjectError, match=said):
            Subject(peer(behave), {}, 9, KEY).call("m:f", timeout=1)

    def test_nobody_there_fails_the_test(self, tmp_path):
        with pytest.raises(SubjectError, match="not there"):
            Subject(str(tmp_path / "none.sock"), {}, 9, KEY).call("m:f")

    def test_an_answer_cannot_be_replayed(self, peer):
        first = []

        def replay(connection, line):
            first.append(sealed(line, {"id": json.loads(line)["id"], "ok": {"value": 1}}))
            connection.sendall(first[0])

        subject = Subject(peer(replay), {}, 9, KEY)
        assert subject.call("m:f") == 1
        with pytest.raises(SubjectError, match="somebody else"):
            subject.call("m:f")

    @pytest.mark.parametrize(
        "behave",
        [
            lambda c, line: time.sleep(3),
            lambda c, line: [c.sendall(b"x") or time.sleep(0.001) for _ in range(3_000)],
            lambda c, line: [c.sendall(b"\n\n x") or time.sleep(0.001) for _ in range(3_000)],
        ],
        ids=["silent", "dribbling", "dribbling lines"],
    )
    def test_a_slow_answer_ends_at_the_deadline(self, peer, behave):
        began = time.monotonic()
        with pytest.raises((TimeoutError, ValueError)):
            Subject(peer(behave), {}, 9, KEY)._exchange(b"{}\n", began + 0.2)
        assert time.monotonic() - began < 1

    def test_an_endless_answer_is_cut(self, peer, monkeypatch):
        monkeypatch.setattr(oracle, "ANSWER_CAP", 1 << 18)

        def endless(connection, line):
            while True:
                connection.sendall(b"x" * 65_536)

        with pytest.raises(ValueError, match="more than"):
            Subject(peer(endless), {}, 9, KEY)._exchange(b"{}\n", time.monotonic() + 5)

    def test_a_peer_that_does_not_read_cannot_hold_a_request(self, tmp_path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / "s"))
            server.listen()
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                Subject(str(tmp_path / "s"), {}, 9, KEY)._exchange(b"x" * (8 << 20), began + 0.1)
            assert time.monotonic() - began < 1

    def test_when_a_grades_time_is_used_up_no_request_is_made(self):
        with pytest.raises(SubjectError, match="used up"):
            Subject("nowhere", {}, 0, KEY).call("m:f")


class TestWipe:
    def test_everything_goes_and_the_folder_stays(self, tmp_path):
        (tmp_path / "a" / "b" / "c").mkdir(parents=True)
        (tmp_path / "a" / "b" / "file").write_text("x")
        (tmp_path / ".hidden").write_text("x")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / "s.sock"))
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / os.fsdecode(b"\xff\n")).write_text("x")
        wipe(str(tmp_path))
        assert list(tmp_path.iterdir()) == []

    def test_folders_that_forbid_everything_go(self):
        child = os.fork()
        if child == 0:  # a user whom modes bind; root's they do not
            status = 1
            with contextlib.suppress(BaseException):
                if os.getuid() == 0:
                    os.setuid(65_534)
                with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                    inner = Path(folder, "a", "b")
                    inner.mkdir(parents=True)
                    (inner / "f").write_text("x")
                    inner.chmod(0)
                    inner.parent.chmod(0o100)
                    Path(folder).chmod(0)
                    wipe(folder)
                    status = len(list(Path(folder).iterdir()))
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def test_links_are_removed_and_not_followed(self, tmp_path):
        kept, folder = tmp_path / "kept", tmp_path / "folder"
        kept.mkdir()
        folder.mkdir()
        (kept / "precious").write_text("x")
        kept.chmod(0o755)
        (folder / "dir").symlink_to(kept)
        (folder / "file").symlink_to(kept / "precious")
        (folder / "dangling").symlink_to("nowhere")
        wipe(str(folder))
        assert list(folder.iterdir()) == []
        assert (kept / "precious").read_text() == "x"
