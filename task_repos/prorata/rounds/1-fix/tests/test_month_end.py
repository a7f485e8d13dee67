"""README, Periods: the day of the start comes back after a shorter month, in every zone."""

import pytest


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Asia/Tokyo", "America/New_York"])
def test_from_the_thirty_first(desk, zone):
    sub = desk.subscribe("2025-12-31", zone)
    assert desk.spans(desk.run(sub, "2026-05-28")) == [
        "2025-12-31 .. 2026-01-30", "2026-01-31 .. 2026-02-27", "2026-02-28 .. 2026-03-30", "2026-03-31 .. 2026-04-29",
        "2026-04-30 .. 2026-05-30", "2026-05-31 .. 2026-06-29",
    ]


def test_run_by_run(desk):
    sub = desk.subscribe("2026-01-30")
    spans = [span for month in range(1, 7) for span in desk.spans(desk.run(sub, f"2026-{month:02}-27"))]
    assert [span[5:10] for span in spans] == ["01-30", "02-28", "03-30", "04-30", "05-30", "06-30"]


def test_leap_years(desk):
    sub = desk.subscribe("2024-02-29", "Europe/Lisbon", months=12)
    begun = [span[:10] for span in desk.spans(desk.run(sub, "2028-03-01"))]
    assert begun == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
