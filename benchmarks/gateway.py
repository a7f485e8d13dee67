"""What a model call costs over the same call made directly.

A scripted provider (a process of its own, raw sockets) streams answers with a pause between events, as models do. The
same client calls it directly and through the gateway in turn, one call at a time and 32 side by side; with --box also
from inside a box. Every event says when it was sent, so its lag is known. What is printed is the gateway's part: by
how much its medians and 99th percentiles exceed the direct ones of the same repetition, as the median of several, so
that a bad moment of the machine counts for one of them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.gateway import Gateway, Session, read_upstreams

EVENTS, PAUSE_S = 30, 0.05  # a short answer at twenty events a second
BODY = {"model": "m", "stream": True, "max_tokens": 100, "messages": [{"role": "user", "content": "x" * 40_000}],
        "tools": [{"name": "bash"}]}  # fmt: skip

# Told the moment each event was sent, a client on the same machine knows its lag.
PROVIDER = f"""
import asyncio, time
HEAD = b"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n"
async def serve(reader, writer):
    try:
        while True:
            lines = (await reader.readuntil(b"\\r\\n\\r\\n")).lower().split(b"\\r\\n")
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
            await reader.readexactly(length)
            writer.write(HEAD)
            for n in range({EVENTS} + 1):
                kind = b"message_delta" if n == {EVENTS} else b"content_block_delta"
                event = b'data: {{"type": "%s", "usage": {{"output_tokens": 5}}, "at": %.6f}}\\n\\n'
                event = event % (kind, time.monotonic())
                writer.write(b"%x\\r\\n%s\\r\\n" % (len(event), event) + (b"0\\r\\n\\r\\n" if n == {EVENTS} else b""))
                await asyncio.sleep({PAUSE_S} if n < {EVENTS} else 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""

# A client of raw sockets, in a process of its own: it adds little, and the same to every way. Streams begin spread
# over the length of one, as agents do.
CLIENT = f"""
import asyncio, json, random, sys, time
target, token, streams, calls, body = json.loads(sys.stdin.read())
body = json.dumps(body).encode()
lines = ("POST /v1/messages HTTP/1.1", "host: g", f"x-api-key: {{token}}", f"content-length: {{len(body)}}", "", "")
head = "\\r\\n".join(lines)
found = {{"first": [], "lag": [], "tail": []}}
async def stream(number):
    await asyncio.sleep({EVENTS * PAUSE_S} * random.Random(number).random() * (streams > 1))
    unix = isinstance(target, str)
    opened = asyncio.open_unix_connection(target) if unix else asyncio.open_connection("127.0.0.1", target)
    reader, writer = await opened
    for _ in range(calls):
        began = time.monotonic()
        writer.write(head.encode() + body)
        await reader.readuntil(b"\\r\\n\\r\\n")
        lags, first = [], None
        while True:
            size = int(await reader.readline(), 16)
            data = await reader.readexactly(size + 2)
            now = time.monotonic()
            if not size:
                break
            for part in data.split(b'"at": ')[1:]:
                first = first or now - began
                lags.append(now - float(part[:part.index(b"}}")]))
        found["first"].append(first)
        found["tail"].append(lags[-1])
        found["lag"] += lags
    writer.close()
async def main():
    await asyncio.gather(*(stream(number) for number in range(streams)))
    print(json.dumps(found))
asyncio.run(main())
"""

REPETITIONS = 5
ENOUGH = 100  # calls of which a 99th percentile says something
Times = dict[str, list[float]]
Ways = dict[str, Callable[[int, int], Times]]  # from streams side by side and calls each


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=6, help=f"calls a stream, {REPETITIONS} times; default 6")
    parser.add_argument("--box", choices=["docker", "bubblewrap"], help="also from inside a box of that kind")
    parser.add_argument("--framed", action="store_true", help="and as if that could not see the gateway's socket")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results: dict[str, float] = {}
    with provider() as port, ExitStack() as stack:
        gateway = stack.enter_context(Gateway(read_upstreams({"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}"})))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        session = stack.enter_context(gateway.session(Path(folder)))
        session.begin_turn(1, 1)
        ways: Ways = {
            "direct": lambda streams, calls: client(port, "-", streams, calls),
            "gateway": lambda streams, calls: client(str(session.socket), session.token, streams, calls),
        }
        if arguments.box:
            ways["box"] = stack.enter_context(from_a_box(arguments.box, session, direct=not arguments.framed))
        before = os.getloadavg()[0]
        for streams in (1, 32):
            results |= measure(ways, streams, arguments.calls)
        session.end_turn()
    if arguments.json:
        ratio = results["gateway_32_call_ratio"]
        print(json.dumps({"call_ratio": ratio, **results}, indent=1))
        return
    print(
        f"medians of {REPETITIONS} repetitions of {arguments.calls} calls a stream; load before {before:.1f}, after "
        f"{os.getloadavg()[0]:.1f} (this needs about 1)"
    )
    for name, value in results.items():
        print(f"{name:<34} {value:8.3f}" + (" ms" if name.endswith("_ms") else ""))


def measure(ways: Ways, streams: int, calls: int) -> dict[str, float]:
    """Every way in turn, several times, so that a drift of the machine hits all; a first time to warm up."""
    for call in ways.values():
        call(streams, 1)
    found: dict[str, list[float]] = {}
    for _ in range(REPETITIONS):
        times = {way: call(streams, calls) for way, call in ways.items()}
        direct = times.pop("direct")
        for way, ours in times.items():
            for name, value in compared(f"{way}_{streams}", ours, direct).items():
                found.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def compared(name: str, ours: Times, direct: Times) -> dict[str, float]:
    """Overhead in milliseconds, and the whole call's time as a ratio.

    A call's time without the provider's pauses: until the first event came, and by how much the last one was late.
    """

    def more(key: Callable[[Times], list[float]], q: float) -> float:
        return 1000 * (quantile(key(ours), q) - quantile(key(direct), q))

    def call(times: Times) -> list[float]:
        return [first + tail for first, tail in zip(times["first"], times["tail"], strict=True)]

    def event(times: Times) -> list[float]:
        return times["lag"]

    pauses = EVENTS * PAUSE_S
    found = {
        f"{name}_call_median_ms": more(call, 0.5),
        f"{name}_call_p99_ms": more(call, 0.99),
        f"{name}_event_median_ms": more(event, 0.5),
        f"{name}_event_p99_ms": more(event, 0.99),
        f"{name}_call_ratio": (pauses + quantile(call(ours), 0.5)) / (pauses + quantile(call(direct), 0.5)),
    }
    if len(ours["first"]) < ENOUGH:
        del found[f"{name}_call_p99_ms"]
    return found


def quantile(values: list[float], q: float) -> float:
    """Nearest rank."""
    return sorted(values)[max(0, math.ceil(q * len(values)) - 1)]


def client(target: str | int, token: str, streams: int, calls: int) -> Times:
    """Calls from a process on this machine."""
    given = json.dumps([target, token, streams, calls, BODY])
    done = subprocess.run([sys.executable, "-c", CLIENT], input=given, capture_output=True, text=True, check=True)
    found: Times = json.loads(done.stdout)
    return found


@contextmanager
def from_a_box(kind: str, session: Session, *, direct: bool) -> Iterator[Callable[[int, int], Times]]:
    """Calls from a program in a box."""
    from evaluator.run.hosts import open_host
    from harness.agents.agent_file import AgentFile, Command
    from harness.agents.command import CommandAgent
    from harness.sandbox import BoxSpec, Limits

    class Measuring(CommandAgent):
        def call(self, streams: int, calls: int) -> Times:
            given = json.dumps([18080, session.token, streams, calls, BODY]).encode()
            command = [*self._relay(), "python3", "-c", CLIENT]
            done = self._box.run(command, stdin=given, timeout_s=120, output_cap=1 << 26)
            assert done.code == 0, done.stderr[-500:]
            found: Times = json.loads(done.stdout)
            return found

    host = open_host(kind, f"benchmark-{os.getpid()}", lambda line: None)
    try:
        image = host.image("python", (), lambda line: None)
        agent = Measuring(AgentFile(name="a", command=Command(first=["true"])), session)
        socket = agent.needs.gateway if direct else None
        spec = BoxSpec(image, "agent", Limits(cpus=2.0, pids=512), gateway=socket, keep_workspace=True)
        with host.open(spec) as box:
            agent.enter(box, lambda question, **_: "")
            yield agent.call
            agent.leave()
    finally:
        host.remove_all()


@contextmanager
def provider() -> Iterator[int]:
    """The scripted provider's port."""
    process = subprocess.Popen([sys.executable, "-c", PROVIDER], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    main()
