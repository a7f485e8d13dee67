"""Measuring what an agent wrote: nothing it writes can stop the orchestrator."""

import pytest

from evaluator.scoring.quality.measurer import Measurer
from harness.sandbox.tree import File

START = {"m.py": File(b"def f(x):\n    return x\n")}


@pytest.fixture(scope="module")
def measurer():
    made = Measurer(timeout_s=20)
    yield made
    made.close()


@pytest.mark.parametrize(
    "data",
    [
        b"(" * 50_000,
        b"def f(x):\n" + b" " * 100 + b"return x\n",
        b"\xff\xfe\x00bad",
        b"\xc3\x28 = 1\n",
        b"x = " + b"[" * 3_000 + b"]" * 3_000,
        b"if x:\n" * 2_000,
        b'"' * 99_999,
        b"x = '" + b"\\" * 99_999,
        b"a" * 400_000,
        b"\x0c\x0b\r\x1c = 1",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_hostile_files_are_measured_or_told_and_the_next_is_measured_again(measurer, data):
    seen = measurer.measure(START, {**START, "n.py": File(data)}, ("tests/*",), with_api=True)
    assert isinstance(seen.failed, str)
    again = measurer.measure(START, {"m.py": File(b"def f(x):\n    return -x\n")}, ("tests/*",))
    assert (again.failed, again.changed_tokens) == ("", 1)


def test_a_changed_file_that_nobody_wrote_by_hand_is_refused(measurer):
    assert "KiB" in measurer.measure(START, {"m.py": File(b"x = 1\n" * 200_000)}, ("tests/*",)).failed


def test_a_large_file_that_was_there_before_is_no_fault(measurer):
    start = {**START, "data.json": File(b"[1]\n" * 300_000)}
    assert measurer.measure(start, {**start, "m.py": File(b"")}, ("tests/*",)).failed == ""


def test_what_takes_too_long_is_told_and_the_worker_replaced():
    measurer = Measurer(timeout_s=0.01)
    assert "within" in measurer.measure(START, START, ()).failed
    measurer._timeout_s = 30
    assert measurer.measure(START, START, ()).failed == ""
    measurer.close()
