"""Totals are whole numbers."""


def test_whole(subject):
    assert isinstance(subject.http("GET", "/total").json()["total"], int)
