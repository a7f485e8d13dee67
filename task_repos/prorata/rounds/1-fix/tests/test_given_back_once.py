"""README, Cancelling: every unused day comes back once, by the days of its period."""

from datetime import date, timedelta

import pytest


@pytest.mark.parametrize(("zone", "month"), [("Europe/Lisbon", 3), ("Europe/Lisbon", 10), ("America/New_York", 3)])
def test_on_any_day_of_the_month(desk, zone, month):
    code = desk.plan()
    account = desk.account(zone)
    for day in (7, 24, 28, 31):
        body = {"account": account, "plan": code, "started_on": f"2026-{month:02}-01"}
        sub = desk.ok("POST", "/subscriptions", body)
        invoices = desk.run(sub, f"2026-{month:02}-{day:02}T16:00:00Z")
        assert len(invoices) == (2 if day >= 27 else 1)
        credits = desk.cancel(sub)
        given = desk.days(credits)
        first = date(2026, month, day) + timedelta(1)
        last = date.fromisoformat(invoices[-1]["lines"][0]["to"])
        assert given == [(first + timedelta(n)).isoformat() for n in range((last - first).days + 1)]
        assert sum(credit["net_cents"] for credit in credits) == -100 * (31 - day) - 3100 * (len(invoices) - 1)


def test_the_day_of_cancelling_is_the_customers(desk):
    for instant, first in (("2026-03-30T22:59:59Z", "2026-03-31"), ("2026-03-30T23:00:00Z", "2026-04-01")):
        sub = desk.subscribe("2026-03-01")
        desk.run(sub, "2026-03-28")
        assert desk.days(desk.cancel(sub, instant))[0] == first


def test_never_more_than_was_paid(desk):
    sub = desk.subscribe("2026-01-31", tax_bp=2300)
    invoices = desk.run(sub, "2026-05-27")
    credits = desk.cancel(sub, "2026-01-30")
    assert [credit["refers_to"] for credit in credits] == [invoice["number"] for invoice in invoices]
    assert desk.balance(sub) == 0
