"""README, Days and Periods: a day is a day however many hours it has, in spring, in autumn, in every zone."""

import pytest

PLACES = [
    ("Europe/Lisbon", "2026-07-01"), ("Europe/Berlin", "2026-02-10"), ("Atlantic/Azores", "2026-02-28"),
    ("America/New_York", "2026-02-08"), ("America/Santiago", "2026-03-05"), ("Australia/Lord_Howe", "2026-03-04"),
]


@pytest.mark.parametrize(("zone", "start"), PLACES)
def test_no_day_twice_and_none_left_out(desk, zone, start):
    sub = desk.subscribe(start, zone)
    invoices = desk.run(sub, "2026-11-12")
    day = start[-2:]
    assert [line["from"][-2:] for invoice in invoices for line in invoice["lines"]] == [day] * len(invoices)
    found = desk.days(invoices)
    assert found[0] == start
    assert len(found) == len(set(found))
    assert found == sorted(found)
    assert {invoice["net_cents"] for invoice in invoices} == {3100}
    assert desk.get(sub)["next_period_on"][-2:] == day


@pytest.mark.parametrize(
    ("zone", "day", "last"),
    [
        ("Europe/Lisbon", "2026-03-29", "2026-04-28"), ("Europe/Lisbon", "2026-10-25", "2026-11-24"),
        ("America/New_York", "2026-03-08", "2026-04-07"), ("America/Santiago", "2026-09-06", "2026-10-05"),
    ],
)
def test_starting_on_the_day_itself(desk, zone, day, last):
    sub = desk.subscribe(day, zone)
    assert sub["next_period_on"] == day
    assert desk.spans(desk.run(sub, day)) == [f"{day} .. {last}"]


def test_several_months_at_a_time(desk):
    sub = desk.subscribe("2026-01-01", months=3)
    assert desk.spans(desk.run(sub, "2026-12-28")) == [
        "2026-01-01 .. 2026-03-31", "2026-04-01 .. 2026-06-30", "2026-07-01 .. 2026-09-30", "2026-10-01 .. 2026-12-31",
        "2027-01-01 .. 2027-03-31",
    ]
