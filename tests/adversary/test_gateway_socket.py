"""At the gateway's socket, which an agent's box sees: breaking it, using it up, reaching another box's.

A second session, of somebody else, must not notice.
"""

import threading
import time
from pathlib import Path

import httpx
import pytest
from attempt import ATTEMPT
from scripted_provider import Provider, say

from harness.agents.agent_file import AgentFile, Command
from harness.agents.command import CommandAgent
from harness.agents.metered import Metered
from harness.agents.protocol import Turn
from harness.gateway import Gateway, read_upstreams, server
from harness.sandbox import BoxSpec, Limits

pytestmark = pytest.mark.timeout(120)

TRY = (
    ATTEMPT
    + """
import glob, json, os, socket, sys, threading, time, urllib.error, urllib.request
OURS = "/run/gateway/gateway.sock"
def call(key=None):
    body = json.dumps({"model": "m", "max_tokens": 9, "messages": []}).encode()
    headers = {"x-api-key": key or os.environ["KEY"], "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(os.environ["URL"] + "/v1/messages", body, headers)) as answer:
        return answer.read()
def line(path=OURS):
    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(path); return s
"""
)
CHANGE = """
folder = os.path.dirname(OURS)
other = os.path.join(folder, "other")
attempt("unlink", os.unlink, OURS)
attempt("rename", os.rename, OURS, other)
attempt("link", os.link, OURS, other)
attempt("file", open, other, "w")
attempt("folder", os.mkdir, other)
attempt("mode", os.chmod, OURS, 0)
attempt("folder's mode", os.chmod, folder, 0o777)
attempt("owner", os.chown, OURS, os.getuid(), os.getgid())
attempt("times", os.utime, OURS, (1, 1))
attempt("attribute", os.setxattr, folder, "user.x", b"x")
attempt("replace", lambda: socket.socket(socket.AF_UNIX).bind(other))
attempt("remount", libc.mount, b"", folder.encode(), b"", 0x20 | 0x1000, None)
attempt("mount over", libc.mount, b"tmpfs", folder.encode(), b"tmpfs", 0, None)
attempt("unmount", libc.umount2, folder.encode(), 2)
if os.listdir(folder) != ["gateway.sock"]: print("won", os.listdir(folder))
call()
"""
OTHERS = """
for path in ("@SOCKET@", *glob.glob("/tmp/relay-*/*/*"), *glob.glob("/run/gateway/*"), "/run/gateway/../gateway.sock"):
    if path != OURS: attempt(path, line, path)
try:
    call("@TOKEN@")
    print("won")
except urllib.error.HTTPError as error:
    print(error.code)
"""
CROWD = """
held = []
def come():
    while time.time() < end:
        try:
            held.append(line())
        except OSError:
            time.sleep(0.01)
end = time.time() + 4
threads = [threading.Thread(target=come) for _ in range(20)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
print(len(held))
"""
CHURN = """
end = time.time() + 4
def come():
    while time.time() < end:
        try:
            line().close()
        except OSError:
            time.sleep(0.001)
threads = [threading.Thread(target=come) for _ in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
"""
NOISE = r"""
end = time.time() + 4
def shout(text):
    while time.time() < end:
        try:
            s = line()
            for _ in range(50): s.sendall(text)
        except OSError:
            pass
texts = [os.urandom(1 << 16), b"GET / HTTP/1.1\r\nx: " + b"y" * 60000, b"POST /v1/messages HTTP/1.1\r\nhost: g\r\n",
         b"POST /v1/messages HTTP/1.1\r\nhost: g\r\nx-api-key: %b\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n"
         % os.environ["KEY"].encode(), b"GET / HTTP/1.1\r\nhost: g\r\n\r\n" * 1000]
threads = [threading.Thread(target=shout, args=(text,)) for text in texts for _ in range(2)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
"""
FILL = r"""
body = os.urandom(1 << 20)
head = b"POST /v1/messages HTTP/1.1\r\nhost: g\r\nx-api-key: %b\r\ncontent-length: %d\r\n\r\n"
def fill():
    while True:
        try:
            s = line()
            while True:
                s.sendall(head % (os.environ["KEY"].encode(), len(body)) + os.urandom(8) + body[8:])
                s.recv(1 << 16)
        except OSError:
            pass
threads = [threading.Thread(target=fill) for _ in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
"""


@pytest.fixture(scope="module")
def gateway():
    with Provider() as provider, Gateway(read_upstreams(provider.env())) as opened:
        provider.script = lambda request: say(request, "hello")
        yield opened


@pytest.fixture
def neighbour(gateway, tmp_path):
    """Somebody else's session; `slowest()` is the longest that a call of theirs took, a few each second."""
    with gateway.session(tmp_path / "neighbour", model="m") as session:
        session.begin_turn(1, 1)
        took, over = [], threading.Event()
        transport = httpx.HTTPTransport(uds=str(session.socket), verify=False)

        def work():
            body = {"model": "m", "max_tokens": 9, "messages": []}
            with httpx.Client(transport=transport, headers={"x-api-key": session.token}, timeout=30) as client:
                while not over.wait(0.2):
                    began = time.monotonic()
                    assert client.post("http://g/v1/messages", json=body).status_code == 200
                    took.append(time.monotonic() - began)

        thread = threading.Thread(target=work)
        thread.start()
        session.slowest = lambda: max(took)
        yield session
        over.set()
        thread.join()
        assert took


@pytest.fixture
def attack(arena, gateway, neighbour, tmp_path):
    """Plays a script as an agent that has a session of its own: what it printed, and the session."""

    def played(script, timeout_s=30.0):
        script = script.replace("@SOCKET@", str(neighbour.socket)).replace("@TOKEN@", neighbour.token)
        command = Command(first=["python3", "-c", TRY + script], env={"URL": "{gateway_url}", "KEY": "{gateway_key}"})
        with gateway.session(tmp_path / "own", model="m") as session:
            agent = Metered(CommandAgent(AgentFile(name="a", command=command), session), session, {})
            limits = Limits(memory_mb=256, pids=64, workspace_mb=16)
            spec = BoxSpec(arena.image, "agent", limits, gateway=agent.needs.gateway, keep_workspace=True)
            with arena.host.open(spec) as box:
                assert box.gateway
                agent.enter(box, lambda question, **_: "")
                end = agent.turn(Turn(1, True, "", timeout_s))
                agent.leave()
            assert [path.name for path in session.socket.parent.iterdir()] == ["gateway.sock"]
        assert "won" not in end.output, end.output
        return end

    return played


def test_its_folder_stays_as_it_is(attack):
    end = attack(CHANGE)
    assert end.reason == "finished", end.output
    assert end.usage.calls == 1


def test_another_boxs_socket_is_not_reached_nor_its_key_of_use(attack):
    end = attack(OTHERS)
    assert end.output.splitlines()[-1] == "401"


@pytest.mark.parametrize("script", [CROWD, CHURN, NOISE], ids=["crowd", "churn", "noise"])
def test_a_crowd_at_the_door_keeps_nobody_else_waiting(attack, neighbour, script):
    before = len(list(Path("/proc/self/fd").iterdir()))
    most = []

    def count():
        while not over.wait(0.05):
            most.append(len(list(Path("/proc/self/fd").iterdir())))

    over = threading.Event()
    counting = threading.Thread(target=count)
    counting.start()
    attack(script)
    over.set()
    counting.join()
    assert neighbour.slowest() < 3.0
    assert max(most) < before + 150


def test_who_fills_the_record_with_nonsense_is_ended(attack, neighbour, monkeypatch, tmp_path):
    monkeypatch.setattr(server, "MOST_BESIDES", 200)
    end = attack(FILL)
    assert end.output.startswith("[ended: No more requests: 200 of this turn")
    assert end.reason == "failed"
    assert end.wall_s < 25
    assert sum(path.stat().st_size for path in (tmp_path / "own").rglob("*") if path.is_file()) < 100 << 20
    assert neighbour.slowest() < 3.0
