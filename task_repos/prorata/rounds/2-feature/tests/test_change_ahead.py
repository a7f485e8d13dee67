"""README, Planned: invoices made ahead are settled too, and later ones are for the new plan."""


def test_a_period_that_is_invoiced_already(desk):
    sub = desk.subscribe("2026-01-31")
    desk.run(sub, "2026-03-27")
    document = desk.change(sub, "2026-03-30", price_cents=6200)
    assert desk.spans([document]) == [
        "2026-03-30 .. 2026-03-30", "2026-03-30 .. 2026-03-30", "2026-03-31 .. 2026-04-29", "2026-03-31 .. 2026-04-29",
    ]
    assert desk.nets(document) == [-100, 200, -3100, 6200]


def test_nothing_invoiced_nothing_to_settle(desk):
    sub = desk.subscribe("2026-03-15")
    assert desk.change(sub, "2026-03-01", price_cents=6200) is None
    assert desk.ok("GET", f"/accounts/{sub['account']}/statement")["documents"] == []
    (invoice,) = desk.run(sub, "2026-03-10")
    assert (invoice["net_cents"], desk.spans([invoice])) == (6200, ["2026-03-15 .. 2026-04-14"])


def test_before_the_first_day(desk):
    sub = desk.subscribe("2026-03-15")
    desk.run(sub, "2026-03-10")
    document = desk.change(sub, "2026-03-12", price_cents=6200)
    assert desk.spans([document]) == ["2026-03-15 .. 2026-04-14"] * 2
    assert desk.nets(document) == [-3100, 6200]


def test_later_invoices_are_for_the_new_plan(desk):
    sub = desk.subscribe("2025-12-31")
    desk.run(sub, "2026-02-10")
    desk.change(sub, "2026-02-10", quantity=2, price_cents=6200)
    invoices = desk.run(sub, "2026-04-26")
    assert desk.spans(invoices) == ["2026-02-28 .. 2026-03-30", "2026-03-31 .. 2026-04-29", "2026-04-30 .. 2026-05-30"]
    assert {invoice["net_cents"] for invoice in invoices} == {12400}


def test_a_period_of_several_months(desk):
    sub = desk.subscribe("2026-01-01", price_cents=9000, months=3)
    desk.run(sub, "2026-01-01")
    document = desk.change(sub, "2026-03-22", price_cents=18000, months=3)
    assert desk.nets(document) == [-1000, 2000]
