"""Whether boxes reach a socket of this machine's: only who hears our own word from it does."""

import contextlib
import socket
import threading

import pytest

from harness.sandbox import Completed, EngineUnavailable, ImageError
from harness.sandbox.sockets import reaches_sockets


@pytest.fixture
def asked():
    """What `reaches_sockets` finds where a box says so: `asked(lambda folder: ...)`; it leaves no thread."""

    def ask(says):
        class Box:
            def run(self, argv, *, timeout_s):
                return Completed(0, says(self.folder), b"", 0.1)

        @contextlib.contextmanager
        def opened(spec):
            assert spec.image == "image"
            box = Box()
            box.folder = spec.gateway
            yield box

        return reaches_sockets(opened, "image")

    yield ask
    assert "socket probe" not in [thread.name for thread in threading.enumerate()]


def heard(folder):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "probe.sock"))
        return line.recv(100)


def raising(error):
    def says(folder):
        raise error

    return says


def test_who_hears_our_word_reaches_us(asked):
    assert asked(heard)


@pytest.mark.parametrize("says", [lambda folder: b"", lambda folder: b"hello", raising(ImageError("no such folder"))])
def test_anything_else_does_not(asked, says):
    assert not asked(says)


def test_an_engine_that_is_away_answers_nothing(asked):
    with pytest.raises(EngineUnavailable):
        asked(raising(EngineUnavailable("away")))
