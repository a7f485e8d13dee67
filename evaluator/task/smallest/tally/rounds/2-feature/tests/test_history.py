"""GET /history lists what was added, newest first."""


def test_newest_first(subject, add):
    add(7)
    add(8)
    assert subject.http("GET", "/history").json()["amounts"][:2] == [8, 7]
