"""A negative amount lowers the total."""

from oracle import SubjectRaised


def test_http(add):
    total = add(5)
    assert add(-3) == total - 3


def test_call(subject):
    try:
        assert subject.call("tally:add", 1, -1) == 0
    except SubjectRaised as raised:
        raise AssertionError(raised.message)
