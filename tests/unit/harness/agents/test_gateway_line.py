"""Which way a box's model calls take, and how it is noticed that one is closed."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.agents.framed_line import FramedLine
from harness.agents.gateway_line import DirectLine, open_line
from harness.sandbox import KEEPER, BoxGone, StreamTimeout

GATEWAY = Path("/host/gateway.sock")


class Program:
    """A program in a box; what it says comes from `says`."""

    def __init__(self, says):
        self.says, self.sent, self.closed = list(says), [], False

    def send(self, message):
        self.sent.append(message)

    def receive(self, timeout_s):
        said = self.says.pop(0) if self.says else BoxGone("ended")
        if isinstance(said, Exception):
            raise said
        return said

    def close(self):
        self.closed = True


@pytest.fixture
def box():
    """A box: `box(what its program says..., gateway=..., one_loopback=...)`."""

    def made(*says, gateway=True, one_loopback=True):
        found = SimpleNamespace(gateway=gateway, one_loopback=one_loopback, started=[])

        def stream(program, user):
            found.started.append((program.stem, user))
            found.program = Program(says)
            return found.program

        found.stream = stream
        return found

    return made


READY = {"op": "ready"}


def test_where_the_socket_is_seen_a_relay_carries_to_it(box):
    where = box(READY, READY, BoxGone("ended"))
    line = open_line(where, GATEWAY)
    assert isinstance(line, DirectLine)
    assert where.started == [("relay", KEEPER)]
    assert where.program.sent == [{"port": 18080, "path": "/run/gateway/gateway.sock"}]
    assert line.works()
    assert not line.works()
    line.close()
    assert where.program.closed


@pytest.mark.parametrize("said", [StreamTimeout("silent"), {"op": "nonsense"}])
def test_a_relay_that_does_not_answer_as_it_should_does_not_work(box, said):
    assert not open_line(box(READY, said), GATEWAY).works()


def test_a_relay_that_does_not_begin_ends_the_box(box):
    with pytest.raises(BoxGone, match="nonsense"):
        open_line(box({"op": "nonsense"}), GATEWAY)


def test_where_each_command_has_a_relay_of_its_own_nothing_runs_in_between(box):
    where = box(one_loopback=False)
    line = open_line(where, GATEWAY)
    assert (where.started, line.socket, line.works()) == ([], "/run/gateway/gateway.sock", True)
    line.close()


@pytest.mark.parametrize("one_loopback", [True, False])
def test_elsewhere_frames_carry(box, one_loopback):
    where = box(READY, gateway=False, one_loopback=one_loopback)
    line = open_line(where, GATEWAY)
    assert isinstance(line, FramedLine)
    assert where.started == [("forward", KEEPER)]
    assert where.program.sent == [{"port": 18080, "path": "/run/relay/gateway.sock"}]
    assert line.socket == "/run/relay/gateway.sock"
    line.close()
