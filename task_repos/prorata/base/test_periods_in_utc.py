"""README, Periods and Invoices: accounts without a zone, and zones that never change their clocks."""


def test_a_period_at_a_time(desk):
    sub = desk.subscribe("2026-01-15", zone=None)
    assert desk.spans(desk.run(sub, "2026-01-10")) == ["2026-01-15 .. 2026-02-14"]
    assert desk.run(sub) == []
    assert desk.run(sub, "2026-02-09T23:59:59Z") == []
    (invoice,) = desk.run(sub, "2026-02-10T00:00:00Z")
    assert desk.spans([invoice]) == ["2026-02-15 .. 2026-03-14"]
    assert (invoice["kind"], invoice["net_cents"], invoice["refers_to"]) == ("invoice", 3100, None)
    assert desk.get(sub)["next_period_on"] == "2026-03-15"


def test_short_months(desk):
    sub = desk.subscribe("2023-12-31", zone=None)
    assert desk.spans(desk.run(sub, "2024-04-01")) == [
        "2023-12-31 .. 2024-01-30", "2024-01-31 .. 2024-02-28", "2024-02-29 .. 2024-03-30", "2024-03-31 .. 2024-04-29",
    ]


def test_several_months(desk):
    sub = desk.subscribe("2025-11-30", zone=None, months=3)
    assert desk.spans(desk.run(sub, "2026-03-01")) == ["2025-11-30 .. 2026-02-27", "2026-02-28 .. 2026-05-29"]


def test_a_day_begins_where_the_customer_is(desk):
    sub = desk.subscribe("2026-01-20", zone="Asia/Tokyo")
    assert desk.run(sub, "2026-01-14T14:59:59Z") == []
    assert desk.spans(desk.run(sub, "2026-01-14T15:00:00Z")) == ["2026-01-20 .. 2026-02-19"]
    west = desk.subscribe("2026-06-20", zone="America/Phoenix")
    assert desk.run(west, "2026-06-15T06:59:59Z") == []
    assert desk.spans(desk.run(west, "2026-06-15T07:00:00Z")) == ["2026-06-20 .. 2026-07-19"]


def test_today_is_the_customers(desk):
    desk.at("2026-05-10T23:30:00Z")
    code = desk.plan()
    for zone, day in ((None, "2026-05-10"), ("Asia/Tokyo", "2026-05-11"), ("Europe/Lisbon", "2026-05-11")):
        body = {"account": desk.account(zone), "plan": code}
        assert desk.ok("POST", "/subscriptions", body)["started_on"] == day


def test_a_new_price_counts_for_what_is_invoiced_later(desk):
    sub = desk.subscribe("2026-01-01", zone=None, price_cents=1234, quantity=3)
    assert [document["net_cents"] for document in desk.run(sub, "2026-01-01")] == [3702]
    desk.ok("PUT", f"/plans/{sub['plan']}", {"name": "Basic", "price_cents": 2000})
    assert [document["net_cents"] for document in desk.run(sub, "2026-02-01")] == [6000]
    desk.ok("PUT", f"/plans/{sub['plan']}", {"name": "Basic", "price_cents": 1234})
