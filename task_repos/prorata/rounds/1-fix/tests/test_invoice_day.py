"""README, Invoices: made from the first moment of the fifth day before, in the account's zone."""

import pytest

MOMENTS = [
    # zone, start, what was invoiced before, first moment of the fifth day before, first day
    ("Europe/Lisbon", "2026-02-01", "2026-02-20", "2026-03-26T23:59:59Z", "2026-03-27T00:00:00Z", "2026-04-01"),
    ("Europe/Lisbon", "2026-02-03", "2026-03-01", "2026-03-28T23:59:59Z", "2026-03-29T00:00:00Z", "2026-04-03"),
    ("Europe/Lisbon", "2026-02-04", "2026-03-01", "2026-03-29T22:59:59Z", "2026-03-29T23:00:00Z", "2026-04-04"),
    ("Europe/Lisbon", "2026-09-01", "2026-09-29", "2026-10-26T23:59:59Z", "2026-10-27T00:00:00Z", "2026-11-01"),
    ("Europe/Berlin", "2026-09-28", "2026-09-28", "2026-10-22T21:59:59Z", "2026-10-22T22:00:00Z", "2026-10-28"),
    ("Atlantic/Azores", "2026-02-28", "2026-03-10", "2026-03-23T00:59:59Z", "2026-03-23T01:00:00Z", "2026-03-28"),
    ("America/Santiago", "2026-08-11", "2026-08-11", "2026-09-06T03:59:59Z", "2026-09-06T04:00:00Z", "2026-09-11"),
]


@pytest.mark.parametrize(("zone", "start", "settled", "early", "due", "first"), MOMENTS)
def test_to_the_second(desk, zone, start, settled, early, due, first):
    sub = desk.subscribe(start, zone)
    desk.run(sub, settled)
    while desk.get(sub)["next_period_on"] < first:
        assert desk.run(sub, early), "a period before is due long since"
    assert desk.run(sub, early) == []
    (invoice,) = desk.run(sub, due)
    assert invoice["lines"][0]["from"] == first
