"""What integration tests share: boxes from the smallest task's image, and a look at them through the engine."""

import contextlib
import uuid
from dataclasses import replace

import pytest

from harness.sandbox import BoxSpec, Caps, Limits

SMALL = Limits(cpus=1.0, memory_mb=256, pids=128, workspace_mb=16)


@pytest.fixture(scope="session")
def image(engine, tally):
    """The image that the smallest task's boxes start from."""
    from harness.sandbox.docker import DockerHost

    return DockerHost("test-image").image("python", tally.requirements, print)


@pytest.fixture(scope="session")
def boxes(image):
    """Opens boxes: `with boxes(host, limits=...) as box`. `box.trial` is a label that no other box has."""

    @contextlib.contextmanager
    def opened(host, **changes):
        spec = BoxSpec(image, "agent", SMALL, trial=f"test-{uuid.uuid4().hex[:8]}", keep_workspace=True)
        with host.open(replace(spec, **changes)) as box:
            box.trial = spec.trial
            yield box

    return opened


@pytest.fixture
def box(boxes, host):
    """One agent's box."""
    with boxes(host) as opened:
        yield opened


@pytest.fixture(scope="session")
def seen(engine):
    """Looks at a box from outside: `seen(box)` is what the engine says of it."""

    def inspect(box):
        (found,) = engine.containers(all=True, filters={"label": f"relaybench.trial={box.trial}"})
        return engine.inspect_container(found["Id"])

    return inspect


@pytest.fixture(scope="session")
def processes(engine, seen):
    """The agent's living processes in a box, without ours, as the machine sees them: [(pid, command line)]."""

    def listed(box):
        rows = engine.top(seen(box)["Id"], "-eo uid,pid,stat,args")["Processes"]
        alive = [(int(pid), args) for uid, pid, stat, args in rows if uid == "1000" and stat[0] not in "ZX"]
        return [(pid, args) for pid, args in alive if "import sys,types" not in args]

    return listed


@pytest.fixture(scope="session")
def sh():
    """Runs a shell script in a box; its output without the last line's end. A failure is the test's failure."""

    def run(box, script, timeout_s=30.0, **options):
        done = box.run(["sh", "-c", script], timeout_s=timeout_s, **options)
        assert done.code == 0, (done.code, done.stdout[-500:], done.stderr[-500:])
        return done.stdout.decode().rstrip("\n")

    return run


@pytest.fixture(scope="session")
def python():
    """Runs a Python script in a box; what it printed. A failure is the test's failure."""

    def run(box, script, timeout_s=30.0, **options):
        done = box.run(["python3", "-c", script], timeout_s=timeout_s, **options)
        assert done.code == 0, (done.code, done.stdout[-500:], done.stderr[-500:])
        return done.stdout.decode()

    return run


@pytest.fixture(scope="session")
def copied():
    """What copy-out sees of a box: {path: bytes}. A broken cap is the test's failure."""

    def copy(box):
        out = box.copy_out(Caps())
        assert out.breach is None, out.breach
        return {path: file.data for path, file in out.tree.items()}

    return copy


@pytest.fixture(scope="module")
def shared(boxes, engine):
    """One agent's box for all tests of a file."""
    from harness.sandbox.docker import DockerHost

    host = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    with boxes(host) as opened:
        yield opened
    assert host.remove_all() == 0


@pytest.fixture(scope="module")
def bench(engine, image):
    """One place to grade for all tests of a file, with a warm oracle; its host is `bench.host`."""
    from evaluator.trial.grading import Bench
    from harness.sandbox.docker import DockerHost

    host = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    with Bench(host, print) as opened:
        opened.host = host
        yield opened
    assert host.remove_all() == 0
