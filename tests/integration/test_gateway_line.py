"""Model calls out of boxes without a network, on both kinds of box, both ways: to a socket they see, and in frames."""

import json
import threading
import uuid

import pytest
from scripted_provider import Provider, Reply, Tokens, say, sse

from harness.agents.command import GATEWAY_URL, AgentFile, Command, CommandAgent
from harness.agents.metered import Metered
from harness.agents.protocol import Turn
from harness.gateway import Gateway, Limits, read_upstreams
from harness.sandbox import BoxSpec
from harness.sandbox import Limits as BoxLimits

pytestmark = pytest.mark.timeout(120)

CALL = """
import json, os, sys, urllib.request
def call(stream=False, key=None):
    body = json.dumps({"model": "any", "max_tokens": 9, "messages": [], "stream": stream}).encode()
    headers = {"x-api-key": key or os.environ["KEY"], "content-type": "application/json"}
    request = urllib.request.Request(os.environ["URL"] + "/v1/messages", body, headers)
    return urllib.request.urlopen(request, timeout=20)
"""


@pytest.fixture(scope="module")
def docker_host(engine):
    from harness.sandbox.docker import DockerHost

    host = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    yield host
    assert host.remove_all() == 0


@pytest.fixture(scope="module")
def bubblewrap_host():
    from harness.sandbox.bubblewrap import BubblewrapHost

    host = BubblewrapHost(f"test-{uuid.uuid4().hex[:8]}")
    yield host
    host.remove_all()


@pytest.fixture(
    params=[
        pytest.param("docker_host", marks=pytest.mark.engine, id="docker"),
        pytest.param("bubblewrap_host", marks=pytest.mark.bubblewrap, id="bubblewrap"),
    ],
)
def open_box(request, tally):
    """Opens boxes of each kind that see a gateway's folder: `with open_box(folder) as box`."""
    host = request.getfixturevalue(request.param)
    image = host.image("python", tally.requirements, print)
    limits = BoxLimits(cpus=1.0, memory_mb=256, pids=128, workspace_mb=16)
    return lambda gateway: host.open(
        BoxSpec(image, "agent", limits, trial="gateway-line", gateway=gateway, keep_workspace=True)
    )


@pytest.fixture
def session(running, tmp_path):
    with running[1].session(tmp_path, model="the-one") as opened:
        yield opened


@pytest.fixture(params=["direct", "framed"])
def box(request, open_box, session):
    with open_box(session.socket.parent if request.param == "direct" else None) as opened:
        assert opened.gateway == (request.param == "direct")
        yield opened


@pytest.fixture(scope="module")
def running():
    with Provider() as provider, Gateway(read_upstreams(provider.env())) as gateway:
        yield provider, gateway


@pytest.fixture
def provider(running):
    provider, _ = running
    provider.received = []
    provider.script = lambda request: say(request, "hello", Tokens(input=5, output=3))
    return provider


@pytest.fixture
def agent(box, session):
    """Runs Python scripts as an agent's turns: `agent(script, ...)`; how the turn ended."""
    command = Command(
        first=["python3", "-c", f"{CALL}\nexec(open('/run/relay/message-{{round}}.md').read())"],
        env={"URL": "{gateway_url}", "KEY": "{gateway_key}", "MODEL": "{model}"},
    )
    agent = Metered(CommandAgent(AgentFile(name="a", command=command), session), session, {9: Limits(calls=1)})
    agent.enter(box, lambda question: "42")
    yield lambda script, round_=1, timeout_s=30.0: agent.turn(Turn(round_, False, script, timeout_s))
    agent.leave()


def test_a_model_answers_in_a_box_without_a_network(agent, provider):
    end = agent("""
print(os.environ["URL"], os.environ["MODEL"], call().read().decode())
print(open("/proc/net/dev").read().count(":"))
""")
    assert (end.reason, end.exit_code) == ("finished", 0), end.output
    url, rest = end.output.split(" ", 1)
    assert url == GATEWAY_URL
    assert rest.startswith("the-one")
    assert rest.splitlines()[-1] == "1"  # nothing but lo
    assert (end.usage.calls, end.usage.input_tokens, end.usage.output_tokens) == (1, 5, 3)
    assert provider.received[0].body["model"] == "the-one"


def test_events_arrive_one_by_one(agent, provider):
    """The provider goes on only when the box has told the last event to it, by another call."""
    gates = [threading.Event() for _ in range(3)]

    def script(request):
        if not request.stream:
            gates[len(provider.received) - 2].set()
            return say(request, "seen")
        return Reply([part for gate in gates for part in (sse({"n": 1}), gate)])

    provider.script = script
    end = agent("""
seen = 0
with call(stream=True) as answer:
    for line in answer:
        if line.startswith(b"data:"):
            seen += 1
            call().read()
print(seen)
""")
    assert end.output.strip() == "3"


def test_large_bodies_pass_both_ways(agent, provider):
    provider.script = lambda request: say(request, "y" * (5 << 20))
    end = agent("""
body = json.dumps({"messages": [], "x": "x" * (5 << 20)}).encode()
request = urllib.request.Request(os.environ["URL"] + "/v1/messages", body, {"x-api-key": os.environ["KEY"]})
print(len(urllib.request.urlopen(request, timeout=20).read()) >> 20)
""")
    assert end.output.strip() == "5"
    assert len(provider.received[0].raw) > 5 << 20


def test_a_client_that_does_not_read_holds_up_only_itself(agent, provider):
    def script(request):
        return Reply([b"data: " + b"x" * (1 << 20) + b"\n\n"] * 12) if request.stream else say(request, "quick")

    provider.script = script
    end = agent("""
slow = call(stream=True)
slow.read(1000)
print(len([call().read() for _ in range(3)]), len(slow.read()) >> 20)
""")
    assert end.output.strip() in ("3 11", "3 12")


def test_thirty_two_clients_at_once(agent, provider):
    end = agent("""
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    print(sum(b"hello" in one.read() for one in pool.map(lambda n: call(n % 2 == 0), range(32))))
""")
    assert end.output.strip() == "32", end.output
    assert end.usage.calls == 32


def test_a_client_that_is_killed_hangs_up_at_the_provider(agent, provider):
    provider.script = lambda request: Reply([sse({"n": 1}), threading.Event()])
    end = agent("answer = call(stream=True); answer.readline(); os.kill(os.getpid(), 9)")
    assert end.reason == "failed"
    assert provider.received[0].hung_up.wait(5)
    assert end.usage.calls == 1


def test_at_a_limit_the_agent_is_gone_within_a_second(agent, provider, box):
    end = agent(
        """
import time, urllib.error
call().read()
try:
    call().read()
except urllib.error.HTTPError as error:
    print(error.code, json.load(error)["error"]["message"], flush=True)
time.sleep(60)
""",
        round_=9,
        timeout_s=50,
    )
    assert end.wall_s < 20  # of 50 s; on a quiet machine half a second
    assert end.reason == "failed"
    assert "400 No more model calls" in end.output
    assert end.output.startswith("[ended: No more model calls: the limit of 1 model calls a round is reached.]")
    assert len(provider.received) == 1
    assert box.run(["true"], timeout_s=10).code == 0


def test_the_line_lasts_over_turns_and_a_frozen_box(agent, box):
    for round_ in (1, 2):
        assert agent("call().read()", round_=round_).reason == "finished"
        box.reap()
        box.freeze()
        box.thaw()
    assert agent("call(stream=True).read()", round_=3).usage.calls == 1


def test_neither_key_nor_provider_is_seen_from_the_box(agent, provider):
    end = agent("""
import subprocess
look = "env; cat /run/relay/* /proc/*/cmdline /proc/*/environ 2>/dev/null; ls -la /run/relay"
print(subprocess.run(look, shell=True, capture_output=True).stdout.decode(errors="replace"))
""")
    assert "sk-real" not in end.output
    assert str(provider.url) not in end.output


def test_another_key_is_refused_there_too(agent, provider):
    end = agent("""
import urllib.error
try:
    call(key="guessed")
except urllib.error.HTTPError as error:
    print(json.load(error)["error"]["type"])
""")
    assert end.output.splitlines() == ["[its last model call failed: status 401]", "authentication_error"]
    assert json.dumps(provider.received, default=str) == "[]"
