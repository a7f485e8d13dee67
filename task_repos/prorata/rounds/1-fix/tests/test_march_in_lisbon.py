"""The report: March in Lisbon is March, and what is not used of it comes back by its 31 days."""


def test_the_report(desk):
    sub = desk.subscribe("2026-02-01")
    desk.run(sub, "2026-02-01")
    (march,) = desk.run(sub, "2026-02-25")
    assert desk.spans([march]) == ["2026-03-01 .. 2026-03-31"]
    (credit,) = desk.cancel(sub, "2026-03-15")
    assert desk.spans([credit]) == ["2026-03-16 .. 2026-03-31"]
    assert (credit["net_cents"], credit["refers_to"]) == (-1600, march["number"])


def test_the_first_of_april_is_on_one_invoice(desk):
    sub = desk.subscribe("2026-02-01")
    invoices = desk.run(sub, "2026-04-28")
    assert desk.spans(invoices) == [
        "2026-02-01 .. 2026-02-28", "2026-03-01 .. 2026-03-31", "2026-04-01 .. 2026-04-30", "2026-05-01 .. 2026-05-31",
    ]
    assert [invoice["net_cents"] for invoice in invoices] == [3100] * 4
    assert desk.get(sub)["next_period_on"] == "2026-06-01"
