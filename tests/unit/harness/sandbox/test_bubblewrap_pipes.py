"""The three pipes of a local program: deadlines, both ways at once, and a close from another thread."""

import os
import subprocess
import threading
import time

import pytest

from harness.sandbox import BoxGone, StreamTimeout
from harness.sandbox.exec_stream import FrameStream
from harness.sandbox.pipes import Pipes


@pytest.fixture
def started():
    processes = []

    def start(*argv):
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        processes.append(process)
        return Pipes(*(os.dup(pipe.fileno()) for pipe in (process.stdin, process.stdout, process.stderr)))

    def closed(*argv):
        pipes = start(*argv)
        for pipe in (processes[-1].stdin, processes[-1].stdout, processes[-1].stderr):
            pipe.close()
        return pipes

    yield closed
    for process in processes:
        process.kill()
        process.wait()


def everything(pipes, within_s=20):
    outputs, deadline = {1: b"", 2: b""}, time.monotonic() + within_s
    while (piece := pipes.read(deadline)) is not None:
        outputs[piece[0]] += piece[1]
    return outputs


def test_input_and_both_outputs_flow_at_once(started):
    pipes = started("sh", "-c", "head -c 3000000 /dev/zero >&2; cat")
    data = os.urandom(3_000_000)
    pipes.write(data, then_close=True)
    assert everything(pipes) == {1: data, 2: bytes(3_000_000)}
    assert pipes.read(time.monotonic()) is None
    pipes.close()
    pipes.close()


def test_input_that_nobody_reads_is_no_trouble(started):
    pipes = started("sh", "-c", "exec 0<&-; sleep 0.2; echo done")
    pipes.write(bytes(1 << 20), then_close=True)
    assert everything(pipes)[1] == b"done\n"


def test_deadlines_are_kept(started):
    pipes = started("sleep", "60")
    with pytest.raises(StreamTimeout):
        pipes.read(time.monotonic() + 0.1)
    with pytest.raises(StreamTimeout):
        pipes.send(bytes(1 << 20), time.monotonic() + 0.1)


def test_a_close_ends_a_wait_in_another_thread(started):
    pipes = started("sleep", "60")
    threading.Timer(0.2, pipes.close).start()
    begun = time.monotonic()
    with pytest.raises(BoxGone):
        pipes.read(begun + 20)
    assert time.monotonic() - begun < 5
    with pytest.raises(BoxGone):
        pipes.send(b"x", time.monotonic() + 1)


def test_frames_go_over_it(started):
    stream = FrameStream(started("cat"), "cat")
    stream.send({"text": "é"})
    assert stream.receive(10) == {"text": "é"}
    stream.close()
    with pytest.raises(BoxGone):
        stream.send({})
    ended = FrameStream(started("sh", "-c", "echo why >&2; exit 1"), "sh")
    with pytest.raises(BoxGone, match="sh has ended: why"):
        ended.receive(10)
