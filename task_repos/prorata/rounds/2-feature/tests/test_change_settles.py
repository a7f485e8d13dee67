"""README, Planned: the days from the change on are given back and charged anew, in one document."""


def test_to_a_dearer_plan(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, "2026-03-22", price_cents=6200, name="Large")
    assert [(line["text"], line["from"], line["to"], line["net_cents"]) for line in document["lines"]] == [
        ("unused: Basic x 1", "2026-03-22", "2026-03-31", -1000), ("Large x 1", "2026-03-22", "2026-03-31", 2000),
    ]
    assert (document["kind"], document["number"][0], document["refers_to"]) == ("invoice", "R", None)
    assert (document["total_cents"], desk.balance(sub)) == (1000, 4100)
    after = desk.get(sub)
    assert (after["plan"], after["next_period_on"]) == (desk.plan(6200, name="Large"), "2026-04-01")


def test_to_a_cheaper_plan(desk):
    sub = desk.subscribe("2026-01-31", price_cents=6200, quantity=2)
    desk.run(sub, "2026-02-26")
    document = desk.change(sub, "2026-03-01", quantity=1, price_cents=3100)
    assert desk.spans([document]) == ["2026-03-01 .. 2026-03-30"] * 2
    assert desk.nets(document) == [-12000, 3000]
    assert (document["kind"], document["number"][0], document["total_cents"]) == ("credit", "G", -9000)


def test_only_the_quantity(desk):
    sub = desk.subscribe("2026-04-01", zone=None, price_cents=1000)
    desk.run(sub, "2026-04-01")
    document = desk.change(sub, quantity=4, price_cents=1000)
    assert [line["text"] for line in document["lines"]] == ["unused: Basic x 1", "Basic x 4"]
    assert desk.nets(document) == [-1000, 4000]
    assert desk.get(sub)["quantity"] == 4


def test_for_the_same_money(desk):
    sub = desk.subscribe("2026-04-01", price_cents=1000, quantity=2)
    desk.run(sub, "2026-04-01")
    document = desk.change(sub, quantity=1, price_cents=2000)
    assert (document["kind"], document["total_cents"], desk.nets(document)) == ("invoice", 0, [-2000, 2000])


def test_the_day_is_the_customers(desk):
    for instant, first in (("2026-03-29T22:59:59Z", "2026-03-29"), ("2026-03-29T23:00:00Z", "2026-03-30")):
        sub = desk.subscribe("2026-03-10")
        desk.run(sub, "2026-03-10")
        assert desk.days([desk.change(sub, instant, price_cents=6200)])[0] == first


def test_a_mail_goes_out(desk):
    email = f"change-{desk.account()}@example.org"
    sub = desk.subscribe("2026-03-01", account=desk.account(email=email))
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, "2026-03-22", price_cents=1550)
    mails = desk.ok("GET", f"/outbox?to={email}")["mails"]
    assert mails[-1]["subject"] == f"Credit note {document['number']}"
    assert "-5.00" in mails[-1]["body"]
