"""The relay from a port of a box to the gateway's socket: bytes both ways, and nobody holds up anybody else."""

import contextlib
import socket
import subprocess
import sys
import threading

import pytest

from harness.inside import program, relay

LARGE = bytes(range(256)) * (4 << 10)  # 1 MiB, more than sockets hold


@pytest.fixture
def gateway(tmp_path):
    """A socket; `serve(talk)` has every connection talked to in a thread."""
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(socket.socket(socket.AF_UNIX))
        door.bind(str(tmp_path / "g.sock"))
        door.listen(200)
        stack.callback(door.shutdown, socket.SHUT_RDWR)

        def serve(talk):
            def each():
                with contextlib.suppress(OSError):
                    while True:
                        client, _ = door.accept()
                        threading.Thread(target=talk, args=(client,), daemon=True).start()

            threading.Thread(target=each, daemon=True).start()
            return str(tmp_path / "g.sock")

        yield serve


@pytest.fixture
def connect():
    """Connects to the port of a relay to `path`, which it starts first."""
    ports = {}
    with contextlib.ExitStack() as stack:

        def opened(path):
            if path not in ports:
                door = relay.listener(0)
                ports[path] = door.getsockname()[1]
                threading.Thread(target=relay.Relay(path, door).serve, daemon=True).start()
            client = stack.enter_context(socket.create_connection(("127.0.0.1", ports[path]), timeout=10))
            return client

        yield opened


def everything(sock):
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))


def echo(client):
    """Says what it hears, to the end of that."""
    with client:
        while data := client.recv(1 << 16):
            client.sendall(data)


def test_what_is_said_arrives_and_so_does_the_answer(gateway, connect):
    client = connect(gateway(echo))
    for word in (b"one", b"two"):
        client.sendall(word)
        assert client.recv(10) == word


def test_large_bodies_pass_both_ways(gateway, connect):
    client = connect(gateway(echo))
    threading.Thread(target=lambda: (client.sendall(LARGE), client.shutdown(socket.SHUT_WR))).start()
    assert everything(client) == LARGE


def test_the_end_of_what_a_client_says_is_passed_on(gateway, connect):
    def answer(client):
        with client:
            client.sendall(b"heard " + everything(client))

    client = connect(gateway(answer))
    client.sendall(b"all")
    client.shutdown(socket.SHUT_WR)
    assert everything(client) == b"heard all"


def test_a_client_that_does_not_read_holds_up_only_itself(gateway, connect):
    def flood(client):
        with client, contextlib.suppress(OSError):
            if client.recv(1) == b"f":
                while True:
                    client.sendall(LARGE)
            client.sendall(b"quick")

    path = gateway(flood)
    connect(path).sendall(b"f")
    other = connect(path)
    other.sendall(b"q")
    assert everything(other) == b"quick"


@pytest.mark.parametrize("reads", [True, False])
def test_a_client_that_leaves_is_noticed(gateway, connect, reads):
    gone = threading.Event()

    def wait(client):
        with client:
            with contextlib.suppress(OSError):
                client.sendall(b"x" if reads else LARGE)
                everything(client)
            gone.set()

    client = connect(gateway(wait))
    assert client.recv(1)
    client.close()
    assert gone.wait(5)


def test_a_gateway_that_hangs_up_is_noticed(gateway, connect):
    client = connect(gateway(lambda client: client.close()))
    assert everything(client) == b""


def test_clients_beyond_the_most_are_turned_away_until_others_leave(gateway, connect, monkeypatch, soon):
    monkeypatch.setattr(relay, "MOST", 2)
    path = gateway(echo)
    first, second = connect(path), connect(path)
    for client in (first, second):
        client.sendall(b"x")
        assert client.recv(1) == b"x"
    assert everything(connect(path)) == b""
    first.close()

    def answered():
        client = connect(path)
        with contextlib.suppress(OSError):
            client.sendall(b"x")
            return client.recv(1) == b"x"

    assert soon(answered)


def test_where_nobody_listens_clients_find_a_connection_that_ends(tmp_path, connect):
    for _ in range(2):
        assert everything(connect(str(tmp_path / "nothing.sock"))) == b""


class TestBesideACommand:
    """As a program of its own, around the agent's."""

    @pytest.fixture
    def beside(self):
        """Runs a command under the relay."""

        def run(path, *command, **more):
            door = relay.listener(0)
            port = door.getsockname()[1]
            door.close()
            argv = [sys.executable, "-I", str(program("relay")), path, str(port), *command]
            argv = [part.replace("PORT", str(port)) for part in argv]
            return subprocess.run(argv, capture_output=True, check=False, **more)

        return run

    def test_the_command_reaches_the_gateway(self, gateway, beside):
        script = "import socket; s = socket.create_connection(('127.0.0.1', PORT)); s.send(b'hi'); print(s.recv(2))"
        done = beside(gateway(echo), sys.executable, "-c", script)
        assert (done.returncode, done.stdout) == (0, b"b'hi'\n"), done.stderr

    def test_its_input_output_and_status_are_the_commands(self, beside):
        done = beside("/nowhere", "sh", "-c", "cat; echo bad >&2; exit 7", input=b"given")
        assert (done.returncode, done.stdout, done.stderr) == (7, b"given", b"bad\n")
        assert beside("/nowhere", "sh", "-c", "kill -9 $$").returncode == 137

    def test_a_program_that_is_not_there_is_told_as_a_shell_does(self, beside):
        done = beside("/nowhere", "no-such-program")
        assert (done.returncode, done.stderr) == (127, b"no-such-program: No such file or directory\n")

    def test_an_agent_that_ends_every_python_by_name_does_not_end_it(self, beside):
        done = beside("/nowhere", "sh", "-c", "cat /proc/$PPID/comm")
        assert done.stdout == b"with-gateway\n"
