"""README, Cancelling: unused days come back, at accounts without a zone."""


def test_the_present_day_is_used(desk):
    sub = desk.subscribe("2026-01-01", zone=None)
    (invoice,) = desk.run(sub, "2026-01-01")
    (credit,) = desk.cancel(sub, "2026-01-21")
    assert desk.spans([credit]) == ["2026-01-22 .. 2026-01-31"]
    assert (credit["kind"], credit["net_cents"], credit["refers_to"]) == ("credit", -1000, invoice["number"])
    ended = desk.get(sub)
    assert (ended["status"], ended["cancelled_on"], ended["next_period_on"]) == ("cancelled", "2026-01-21", None)
    desk.refused(409, "already_cancelled", "POST", f"/subscriptions/{sub['id']}/cancel")
    assert desk.run(sub, "2026-06-01") == []


def test_the_last_day_leaves_nothing(desk):
    sub = desk.subscribe("2026-01-01", zone=None)
    desk.run(sub, "2026-01-01")
    assert desk.cancel(sub, "2026-01-31T23:59:59Z") == []
    assert desk.balance(sub) == 3100


def test_one_credit_note_for_each_invoice(desk):
    sub = desk.subscribe("2026-01-01", zone=None)
    numbers = [invoice["number"] for invoice in desk.run(sub, "2026-01-28")]
    credits = desk.cancel(sub)
    assert desk.spans(credits) == ["2026-01-29 .. 2026-01-31", "2026-02-01 .. 2026-02-28"]
    assert [credit["refers_to"] for credit in credits] == numbers
    assert [credit["net_cents"] for credit in credits] == [-300, -3100]


def test_at_the_rate_that_was_paid(desk):
    sub = desk.subscribe("2026-04-01", zone=None, price_cents=3001, tax_bp=2300)
    desk.run(sub, "2026-04-01")
    desk.ok("PUT", f"/accounts/{sub['account']}/tax", {"tax_bp": 600})
    (credit,) = desk.cancel(sub, "2026-04-15")
    assert credit["taxes"] == [{"tax_bp": 2300, "net_cents": -1501, "tax_cents": -345}]
    assert credit["total_cents"] == -1846


def test_before_it_begins(desk):
    sub = desk.subscribe("2026-01-20", zone=None)
    desk.run(sub, "2026-01-15")
    (credit,) = desk.cancel(sub)
    assert credit["net_cents"] == -3100
    assert desk.balance(sub) == 0
