"""Who comes in to a session, and how many: a hostile client costs its own session, not another."""

import gc
import socket
import stat
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.gateway import door, server
from harness.sandbox import sockets


@pytest.fixture
def crowd(session):
    """Opens so many connections to the session, and keeps them."""
    with ExitStack() as stack:

        def come(n):
            for _ in range(n):
                line = stack.enter_context(socket.socket(socket.AF_UNIX))
                line.setblocking(False)
                line.connect(str(session.socket))
            return stack

        yield come


def test_those_beyond_the_most_wait_outside_until_others_leave(session, crowd, client, ask, wait_for):
    held = crowd(door.MOST + 20)
    assert wait_for(lambda: session._door.inside == door.MOST)
    time.sleep(0.05)
    assert session._door.inside == door.MOST
    held.close()
    assert ask(client).status_code == 200


def test_they_do_not_keep_another_session_waiting(session, crowd, open_session, client_of, ask):
    crowd(door.MOST + 100)
    other = open_session()
    for _ in range(3):
        assert ask(client_of(other)).status_code == 200
    assert other._door.inside == 3


def test_coming_and_going_wears_nothing_out(session, client, ask, wait_for):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3 * door.MOST):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(session.socket))
    assert ask(client).status_code == 200
    assert wait_for(lambda: session._door.inside == 1)
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 10


def test_the_socket_is_alone_in_a_folder_that_other_users_of_this_machine_cannot_reach(session):
    folder = session.socket.parent
    assert [path.name for path in folder.iterdir()] == ["gateway.sock"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755  # as boxes see it
    assert stat.S_IMODE(session.socket.stat().st_mode) == 0o666
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_its_path_is_short_wherever_temporary_files_lie(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(sockets.tempfile, "tempdir", str(deep))
    with sockets.socket_folder() as folder:
        assert len(str(folder / "gateway.sock")) < 108
    assert not folder.parent.exists()


class TestRequestsThatNoLimitCounts:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr(server, "MOST_BESIDES", 3)

    @pytest.mark.parametrize("path", ["/", "/v1/nothing", "/v1/models"])
    def test_more_of_them_than_anybody_needs_end_the_agent(self, open_session, client_of, path, wait_for):
        session = open_session(model="m")
        client = client_of(session)
        for _ in range(3):
            assert "No more requests" not in client.get(path).text
        assert not session.limit_hit.is_set()
        answer = client.get(path)
        assert answer.status_code == 400
        assert "No more requests: 3 of this turn" in answer.text
        assert wait_for(session.limit_hit.is_set)
        assert session.end_turn().limit_hit.startswith("No more requests")

    def test_calls_for_an_answer_do_not_count(self, session, client, ask):
        assert [ask(client).status_code for _ in range(5)] == [200] * 5

    def test_those_that_are_refused_do(self, session, client, ask):
        wrong = [client.post("/v1/messages", content=b"no JSON").status_code for _ in range(3)]
        assert wrong == [400] * 3
        assert "No more requests" in ask(client).text

    def test_each_turn_begins_anew(self, session, client, ask):
        for turn in (2, 3):
            for _ in range(3):
                client.get("/")
            session.end_turn()
            session.begin_turn(1, turn)
        assert ask(client).status_code == 200


def test_of_what_was_refused_little_is_kept(session, client, calls):
    client.post("/v1/messages", content=b"x" * (1 << 20))
    (call,) = calls(session)
    session.ledger.flush()
    kept = server.read_body(Path(session.folder) / "bodies", call.request)
    assert len(kept) < 100_000
    assert kept.endswith(b"[cut: 1048576 bytes in all]")


def test_while_a_gateway_runs_threads_give_way_soon_and_old_objects_are_left_alone(open_gateway):
    open_gateway()
    assert sys.getswitchinterval() < 0.001
    assert gc.get_freeze_count() > 1_000
