"""The engine's two-way stream, played by the other end of a socket pair."""

import json
import socket
import struct
import threading
import time

import pytest

from harness.sandbox.errors import BoxGone, StreamTimeout
from harness.sandbox.exec_stream import STDERR, STDOUT, ExecSocket, FrameStream


@pytest.fixture
def pair():
    ours, engine = socket.socketpair()
    engine.settimeout(5)
    yield ExecSocket(ours), engine
    engine.close()
    ours.close()


def piece(data: bytes, stream: int = STDOUT) -> bytes:
    return struct.pack(">BxxxL", stream, len(data)) + data


def frame(message: object) -> bytes:
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def later(seconds: float, do) -> threading.Thread:
    thread = threading.Timer(seconds, do)
    thread.start()
    return thread


class TestReading:
    def test_pieces_come_with_their_stream(self, pair):
        sock, engine = pair
        engine.sendall(piece(b"out") + piece(b"err", STDERR))
        assert [sock.read(soon()), sock.read(soon())] == [(STDOUT, b"out"), (STDERR, b"err")]

    def test_a_piece_that_comes_byte_by_byte_is_one_piece(self, pair):
        sock, engine = pair
        data = piece(b"slow")

        def dribble():
            for byte in data:
                engine.sendall(bytes([byte]))
                time.sleep(0.001)

        later(0, dribble)
        assert sock.read(soon()) == (STDOUT, b"slow")

    def test_the_end_is_none_and_stays_none(self, pair):
        sock, engine = pair
        engine.sendall(piece(b"last"))
        engine.close()
        assert [sock.read(soon()) for _ in range(3)] == [(STDOUT, b"last"), None, None]

    def test_the_end_within_a_piece_is_the_end(self, pair):
        sock, engine = pair
        engine.sendall(piece(b"a whole one")[:-3])
        engine.close()
        assert sock.read(soon()) is None

    def test_nothing_until_the_deadline_is_a_timeout_at_the_deadline(self, pair):
        began = time.monotonic()
        with pytest.raises(StreamTimeout):
            pair[0].read(soon(0.05))
        assert 0.04 < time.monotonic() - began < 1

    def test_half_a_piece_until_the_deadline_is_a_timeout_and_is_not_lost(self, pair):
        sock, engine = pair
        data = piece(b"halved")
        engine.sendall(data[:10])
        with pytest.raises(StreamTimeout):
            sock.read(soon(0.03))
        engine.sendall(data[10:])
        assert sock.read(soon()) == (STDOUT, b"halved")

    def test_closing_in_another_thread_wakes_a_reader(self, pair):
        sock, _ = pair
        later(0.05, sock.close)
        began = time.monotonic()
        assert sock.read(soon(20)) is None
        assert time.monotonic() - began < 5

    def test_a_descriptor_beyond_1024_can_be_waited_for(self, pair):
        import fcntl
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard <= 1_100:
            pytest.skip("the limit on open files is too low here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1_200), hard))
        try:
            with socket.socket(fileno=fcntl.fcntl(pair[0]._sock, fcntl.F_DUPFD, 1_100)) as high:
                pair[1].sendall(piece(b"high"))
                assert ExecSocket(high).read(soon()) == (STDOUT, b"high")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class TestWriting:
    def test_queued_input_goes_out_while_output_is_read_and_then_is_closed(self, pair):
        sock, engine = pair
        data = bytes(range(256)) * 8_000
        got = bytearray()

        def program():
            while part := engine.recv(1 << 16):
                got.extend(part)
            engine.sendall(piece(b"%d" % len(got)))

        later(0, program)
        sock.write(data, then_close=True)
        assert sock.read(soon()) == (STDOUT, b"%d" % len(data))
        assert got == data

    def test_a_program_that_does_not_read_its_input_can_still_talk(self, pair):
        sock, engine = pair
        sock.write(b"x" * (4 << 20))
        engine.sendall(piece(b"I do not listen"))
        assert sock.read(soon()) == (STDOUT, b"I do not listen")

    def test_a_program_that_closed_its_input_is_no_error(self, pair):
        sock, engine = pair
        engine.sendall(piece(b"done"))
        engine.shutdown(socket.SHUT_RD)
        sock.write(b"x" * 100, then_close=True)
        assert sock.read(soon()) == (STDOUT, b"done")

    def test_sending_to_one_that_does_not_read_ends_at_the_deadline(self, pair):
        began = time.monotonic()
        with pytest.raises(StreamTimeout, match="does not read its input"):
            pair[0].send(b"x" * (8 << 20), soon(0.05))
        assert time.monotonic() - began < 2

    def test_sending_to_one_that_is_gone_says_so(self, pair):
        sock, engine = pair
        engine.close()
        with pytest.raises(BoxGone):
            sock.send(b"x" * (1 << 20), soon())

    def test_sending_on_a_closed_stream_says_so(self, pair):
        pair[0].close()
        with pytest.raises(BoxGone):
            pair[0].send(b"x", soon())


class TestFrames:
    @pytest.fixture
    def stream(self, pair):
        return FrameStream(pair[0], "the program")

    def test_what_is_sent_is_a_length_and_json(self, pair, stream):
        stream.send({"op": "grüße"})
        assert pair[1].recv(1_000) == frame({"op": "grüße"})

    def test_frames_split_and_joined_anyhow_are_told_apart(self, pair, stream):
        data = frame({"n": 1}) + frame({"n": 2}) + frame({"n": 3})
        for start in range(0, len(data), 5):
            pair[1].sendall(piece(data[start : start + 5]))
        assert [stream.receive(5)["n"] for _ in range(3)] == [1, 2, 3]

    def test_errors_in_between_do_not_disturb_and_are_told_at_the_end(self, pair, stream):
        data = frame({"n": 1})
        pair[1].sendall(piece(data[:3]) + piece(b"Traceback\nValueError: bad\n", STDERR) + piece(data[3:]))
        assert stream.receive(5) == {"n": 1}
        pair[1].close()
        with pytest.raises(BoxGone, match=r"the program has ended: ValueError: bad$"):
            stream.receive(5)

    def test_the_end_within_a_frame_is_the_end_of_the_program(self, pair, stream):
        pair[1].sendall(piece(frame({"n": 1})[:6]))
        pair[1].close()
        with pytest.raises(BoxGone, match="the program has ended"):
            stream.receive(5)

    def test_a_late_frame_is_a_timeout_and_still_arrives_whole(self, pair, stream):
        data = frame({"n": 1})
        pair[1].sendall(piece(data[:7]))  # the header and a bit
        with pytest.raises(StreamTimeout):
            stream.receive(0.03)
        pair[1].sendall(piece(data[7:]))
        assert stream.receive(5) == {"n": 1}

    def test_a_frame_that_claims_gigabytes_is_refused_at_its_header(self, pair, stream):
        pair[1].sendall(piece((3 << 30).to_bytes(4, "big")))
        with pytest.raises(BoxGone, match="frame of 3221225472 bytes"):
            stream.receive(5)

    @pytest.mark.parametrize("body", [b"[1]", b"nonsense", b'"text"', b"\xff\xfe", b"", b"[" * 200_000])
    def test_what_is_no_json_object_is_refused(self, pair, stream, body):
        later(0, lambda: pair[1].sendall(piece(len(body).to_bytes(4, "big") + body)))
        with pytest.raises(BoxGone, match="not a JSON object"):
            stream.receive(5)

    def test_closing_in_another_thread_wakes_a_receiver(self, stream):
        later(0.05, stream.close)
        began = time.monotonic()
        with pytest.raises(BoxGone):
            stream.receive(20)
        assert time.monotonic() - began < 5

    def test_sending_after_the_end_says_what_the_program_said_last(self, pair, stream):
        pair[1].sendall(piece(b"out of memory\n", STDERR))
        pair[1].close()
        with pytest.raises(BoxGone):
            stream.receive(5)
        with pytest.raises(BoxGone, match="out of memory"):
            stream.send({})

    def test_frames_of_two_threads_do_not_mix(self, pair, stream):
        text = "x" * 200_000
        threads = [threading.Thread(target=stream.send, args=({"from": n, "text": text},)) for n in range(2)]
        for thread in threads:
            thread.start()
        with pair[1].makefile("rb") as file:
            found = {json.loads(file.read(int.from_bytes(file.read(4), "big")))["from"] for _ in range(2)}
        for thread in threads:
            thread.join()
        assert found == {0, 1}
