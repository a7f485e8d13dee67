"""Frames over real pipes, with a real program at the other end."""

import json
import os
import subprocess
import sys

ECHO = """
import os, sys
from harness.inside.wire import Wire
wire = Wire()
print("a print goes nowhere", flush=True)
os.write(1, b"nor does this")
while (frame := wire.receive()) is not None:
    wire.send({"got": frame})
wire.send({"over": True})
"""


def frame(message: object) -> bytes:
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def talk(data: bytes) -> list:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", ECHO], input=data, env=environment, capture_output=True, timeout=30, check=True
    )
    out, found = done.stdout, []
    while out:
        length = int.from_bytes(out[:4], "big")
        found.append(json.loads(out[4 : 4 + length]))
        out = out[4 + length :]
    return found


def test_each_frame_is_answered_in_order_and_nothing_else_is_on_the_line():
    big = {"text": "x" * 300_000}
    assert talk(frame({"n": 1}) + frame(big) + frame({"ü": [1, None]})) == [
        {"got": {"n": 1}},
        {"got": big},
        {"got": {"ü": [1, None]}},
        {"over": True},
    ]


def test_hanging_up_within_a_header_is_hanging_up():
    assert talk(frame({"n": 1}) + b"\0\0") == [{"got": {"n": 1}}, {"over": True}]
