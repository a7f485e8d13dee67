"""Frames between the orchestrator and a program in a box: a 4-byte big-endian length, then JSON. And the seal on what
one box says to another through a folder that untrusted code can reach.

Sent ahead of every program, which imports it as the module it is here.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
from typing import Any


class Wire:
    """This process's standard input and output, taken over: whatever else writes to fd 1 goes nowhere."""

    def __init__(self) -> None:
        self._in = sys.stdin.buffer
        self._out = os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        self._lock = threading.Lock()

    def receive(self) -> dict[str, Any] | None:
        """The next frame, None when the orchestrator has hung up."""
        header = self._in.read(4)
        if len(header) < 4:
            return None
        body = self._in.read(int.from_bytes(header, "big"))
        message: dict[str, Any] = json.loads(body)
        return message

    def send(self, message: dict[str, Any]) -> None:
        """Send one frame; may be called from any thread."""
        body = json.dumps(message).encode()
        data = len(body).to_bytes(4, "big") + body
        with self._lock:
            while data:
                data = data[os.write(self._out, data) :]


def seal(key: str, request: bytes, answer: bytes) -> bytes:
    """What proves that whoever has `key` gave this answer (a line) to this request (a line): HMAC-SHA-256, in hex."""
    digest = hmac.new(key.encode(), hashlib.sha256(request).digest() + answer, hashlib.sha256)
    return digest.hexdigest().encode()
