"""What becomes of a box: labels, removal, a box that ends by other hands, and what a killed orchestrator leaves."""

import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
from click.testing import CliRunner

from harness.sandbox import BoxGone, BoxSpec, Caps, EngineUnavailable, File, SandboxError

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]


def labelled(engine, run):
    """What carries a run's label: containers and volumes."""
    mine = {"label": f"relaybench.run={run}"}
    return engine.containers(all=True, filters=mine), engine.volumes(filters=mine)["Volumes"] or []


def test_everything_of_a_box_is_labelled_and_removed_with_it(engine, boxes, host, tmp_path, soon):
    with boxes(host, files=tmp_path) as box, host.link():
        containers, volumes = labelled(engine, host._run)
        assert len(containers) == 1
        assert len(volumes) == 3  # workspace, files, link
        for labels in (containers[0]["Labels"], *(volume["Labels"] for volume in volumes)):
            assert labels["relaybench"] == "1"
            assert labels["relaybench.owner"].startswith(f"{platform.node()}:{os.getpid()}:")
        assert containers[0]["Labels"]["relaybench.role"] == "agent"
        assert containers[0]["Labels"]["relaybench.trial"] == box.trial
    assert soon(lambda: labelled(engine, host._run) == ([], []))
    box.close()  # twice is once


def test_a_box_that_could_not_be_started_leaves_nothing(engine, host):
    with (
        pytest.raises(SandboxError, match="no-such-image"),
        host.open(BoxSpec("no-such-image:1", "agent", keep_workspace=True)),
    ):
        pass
    assert labelled(engine, host._run) == ([], [])


def test_a_box_closes_with_programs_running_in_it(engine, boxes, host):
    with boxes(host) as box:
        box.run(["sh", "-c", "sleep 60 & yes >/dev/null & :"], timeout_s=0.5)
        started = time.monotonic()
    assert time.monotonic() - started < 5  # and not the engine's ten seconds of grace


def test_a_frozen_box_closes(engine, boxes, host):
    with boxes(host) as box:
        box.freeze()


def test_a_box_removed_by_other_hands_is_the_hosts_failure(engine, box, seen):
    engine.remove_container(seen(box)["Id"], force=True)
    for use in uses(box):
        with pytest.raises(SandboxError, match="removed by something else") as raised:
            use()
        assert not isinstance(raised.value, BoxGone)


def test_a_box_stopped_by_other_hands_is_the_hosts_failure(engine, box, seen):
    engine.kill(seen(box)["Id"])
    for use in uses(box):
        with pytest.raises(SandboxError, match="stopped by something else") as raised:
            use()
        assert not isinstance(raised.value, BoxGone)


def uses(box):
    return (
        lambda: box.run(["true"], timeout_s=10),
        lambda: box.copy_out(Caps()),
        box.freeze,
    )


def test_a_box_that_ends_under_a_running_command_is_gone_at_once(engine, box, seen):
    identity = seen(box)["Id"]
    killer = threading.Timer(0.7, engine.kill, [identity])
    killer.start()
    started = time.monotonic()
    try:
        done = box.run(["sleep", "60"], timeout_s=30)
        assert done.code == 137
    except SandboxError:
        pass
    assert time.monotonic() - started < 10
    with pytest.raises(SandboxError, match="stopped by something else"):
        while time.monotonic() - started < 20:  # the engine takes note of it a moment later
            box.run(["true"], timeout_s=10)


def test_an_engine_that_is_not_there_is_named_with_the_remedy(engine, monkeypatch):
    from harness.sandbox.docker import DockerHost

    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(EngineUnavailable, match=r"No Docker engine answers at unix:///nonexistent.*Start one"):
        DockerHost("test-none")


def test_remove_all_ends_what_other_threads_wait_for(boxes, host):
    ended = []

    def work():
        try:
            with boxes(host) as box:
                opened.set()
                done = box.run(["sleep", "60"], timeout_s=60)
                ended.append(done.code)
        except SandboxError as error:
            ended.append(error)

    opened = threading.Event()
    worker = threading.Thread(target=work)
    worker.start()
    assert opened.wait(30)
    time.sleep(0.3)
    assert host.remove_all() in (1, 2)  # the worker may be the first to remove its volume
    worker.join(10)
    assert not worker.is_alive()
    assert ended
    assert ended != [0]
    with pytest.raises(SandboxError, match="being stopped"), boxes(host):
        pass


OWNER = """
import platform, sys, time
platform.node = lambda: sys.argv[1]
from harness.sandbox import BoxSpec, Limits
from harness.sandbox.docker import DockerHost
host = DockerHost(sys.argv[2])
spec = BoxSpec(sys.argv[3], "agent", Limits(memory_mb=64, workspace_mb=8), keep_workspace=True)
with host.open(spec) as box, host.link():
    print("open", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def elsewhere(monkeypatch):
    """A machine name of our own: no other orchestrator here takes our boxes for its to tidy, nor we theirs."""
    from harness.sandbox.owner import this_process

    node = f"test-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(platform, "node", lambda: node)
    this_process.cache_clear()
    yield node
    this_process.cache_clear()


@pytest.fixture
def owner(engine, image, elsewhere):
    """Another orchestrator with an open box: (its process, its run)."""
    run = f"test-{uuid.uuid4().hex[:8]}"
    command = [sys.executable, "-c", OWNER, elsewhere, run, image]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        yield process, run
        process.kill()
    for box in labelled(engine, run)[0]:
        engine.remove_container(box["Id"], force=True)
    for volume in labelled(engine, run)[1]:
        engine.remove_volume(volume["Name"])


def clean(*options):
    from evaluator.cli import relaybench

    return CliRunner().invoke(relaybench, ["clean", *options], standalone_mode=False, catch_exceptions=False)


def test_what_a_killed_orchestrator_leaves_is_found_and_cleaned(engine, owner):
    from harness.sandbox.engine import orphans

    process, run = owner
    assert clean().output == "Nothing was left behind.\n"
    assert [len(found) for found in labelled(engine, run)] == [1, 2]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert sorted(kind for kind, _ in orphans(engine)) == ["container", "volume", "volume"]
    removed = json.loads(clean("--json").output)["removed"]
    assert sorted(name.split()[0] for name in removed) == ["container", "volume", "volume"]
    assert labelled(engine, run) == ([], [])


def test_an_orchestrator_that_lives_keeps_its_boxes(engine, owner, boxes, host):
    """Also one whose process number another process had before."""
    from harness.sandbox.engine import orphans
    from harness.sandbox.owner import is_dead

    _, run = owner
    with boxes(host) as box:
        assert list(orphans(engine)) == []
        clean()
        box.run(["true"], timeout_s=20)
    (container,) = labelled(engine, run)[0]
    node, pid, started = container["Labels"]["relaybench.owner"].rsplit(":", 2)
    assert not is_dead(f"{node}:{pid}:{started}")
    assert is_dead(f"{node}:{pid}:{int(started) - 1}")
    assert not is_dead(f"other-machine:{pid}:1")


def test_two_that_tidy_at_once_do_not_disturb_each_other(engine, owner, soon):
    from evaluator.run.hosts import remove_orphans

    process, run = owner
    process.kill()
    process.wait()
    failures, start = [], threading.Barrier(3)

    def tidy():
        start.wait()
        try:
            remove_orphans()
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=tidy) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert soon(lambda: labelled(engine, run) == ([], []))


def test_a_host_that_is_done_left_nothing(boxes, host):
    with boxes(host) as box:
        box.copy_in({"a": File(b"1")})
    assert host.remove_all() == 0
