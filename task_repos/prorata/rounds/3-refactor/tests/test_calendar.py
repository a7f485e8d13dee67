"""The report: what the calendar's functions answer, called by themselves."""

import pytest

CALENDAR = "src/calendar.mjs"


@pytest.fixture
def calendar(subject):
    return lambda name, *arguments: subject.call(f"{CALENDAR}:{name}", *arguments)


@pytest.mark.parametrize(
    ("start", "months", "day", "first", "last"),
    [
        ("2025-12-31", 1, "2026-03-15", "2026-02-28", "2026-03-30"), ("2025-12-31", 1, "2026-03-31", "2026-03-31", "2026-04-29"),
        ("2025-12-31", 1, "2025-12-31", "2025-12-31", "2026-01-30"), ("2025-12-31", 1, "2020-01-01", "2025-12-31", "2026-01-30"),
        ("2024-02-29", 12, "2025-02-27", "2024-02-29", "2025-02-27"), ("2024-02-29", 12, "2028-02-29", "2028-02-29", "2029-02-27"),
        ("2026-11-30", 3, "2027-02-28", "2027-02-28", "2027-05-29"), ("2026-01-01", 1, "2026-12-31", "2026-12-01", "2026-12-31"),
    ],
)
def test_period(calendar, start, months, day, first, last):
    assert calendar("period", start, months, day) == {"from": first, "to": last}


def test_days(calendar):
    spans = [("2026-03-01", "2026-03-31"), ("2026-03-29", "2026-03-29"), ("2024-02-28", "2024-03-01"), ("2026-10-01", "2026-10-31")]
    assert [calendar("days", *span) for span in spans] == [31, 1, 3, 31]


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-03-30T22:59:59Z", "Europe/Lisbon", "2026-03-30"), ("2026-03-30T23:00:00Z", "Europe/Lisbon", "2026-03-31"),
        ("2026-03-30T23:00:00Z", None, "2026-03-30"), ("2026-01-31T23:30:00Z", "Asia/Kathmandu", "2026-02-01"),
        ("2026-01-01T00:30:00Z", "Atlantic/Azores", "2025-12-31"),
    ],
)
def test_day_of(calendar, instant, zone, day):
    assert calendar("dayOf", instant, zone) == day


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        ("2026-03-29", "Europe/Lisbon", "2026-03-29T00:00:00Z"), ("2026-03-30", "Europe/Lisbon", "2026-03-29T23:00:00Z"),
        ("2026-10-25", "Europe/Lisbon", "2026-10-24T23:00:00Z"), ("2026-10-26", "Europe/Lisbon", "2026-10-26T00:00:00Z"),
        ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"), ("2026-04-05", "Australia/Lord_Howe", "2026-04-04T13:00:00Z"),
        ("2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"), ("2026-03-31", None, "2026-03-31T00:00:00Z"),
    ],
)
def test_beginning_of(calendar, day, zone, instant):
    assert calendar("beginningOf", day, zone) == instant
    assert calendar("dayOf", instant, zone) == day


def test_the_same_question_has_the_same_answer(calendar):
    for _ in range(3):
        assert calendar("period", "2026-01-31", 1, "2026-02-28") == {"from": "2026-02-28", "to": "2026-03-30"}
        assert calendar("beginningOf", "2026-07-01", "Europe/Lisbon") == "2026-06-30T23:00:00Z"
