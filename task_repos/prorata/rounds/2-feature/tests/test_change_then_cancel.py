"""README, Planned: afterwards the days belong to the new lines; nothing is given back twice."""


def test_what_the_latest_line_took(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, "2026-03-11", price_cents=6200)
    (credit,) = desk.cancel(sub, "2026-03-21")
    assert desk.spans([credit]) == ["2026-03-22 .. 2026-03-31"]
    assert (credit["net_cents"], credit["refers_to"]) == (-2000, document["number"])
    assert desk.balance(sub) == 1000 + 2200


def test_with_an_invoice_made_ahead(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-28")
    document = desk.change(sub, "2026-03-30", price_cents=1550)
    credits = desk.cancel(sub)
    assert document["kind"] == "credit"
    assert [credit["refers_to"] for credit in credits] == [document["number"]]
    assert [(line["from"], line["to"], line["net_cents"]) for line in credits[0]["lines"]] == [
        ("2026-03-31", "2026-03-31", -50), ("2026-04-01", "2026-04-30", -1550),
    ]
    assert desk.balance(sub) == 2900 + 50


def test_changed_and_invoiced_then_cancelled(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    changed = desk.change(sub, "2026-03-11", price_cents=6200)
    (april,) = desk.run(sub, "2026-03-27")
    credits = desk.cancel(sub, "2026-03-30")
    assert [(credit["refers_to"], credit["net_cents"]) for credit in credits] == [
        (changed["number"], -200), (april["number"], -6200),
    ]


def test_there_and_back_on_one_day(desk):
    sub = desk.subscribe("2026-03-01", price_cents=1000)
    desk.run(sub, "2026-03-28")
    first = desk.change(sub, "2026-03-30", price_cents=777)
    second = desk.change(sub, price_cents=1000)
    assert desk.nets(second)[0::2] == [-net for net in desk.nets(first)[1::2]]
    assert desk.nets(second)[1::2] == [-net for net in desk.nets(first)[0::2]]
    assert desk.balance(sub) == 2000


def test_again_and_again(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    desk.change(sub, "2026-03-11", price_cents=6200)
    last = desk.change(sub, "2026-03-21", price_cents=3100, quantity=3)
    assert desk.spans([last]) == ["2026-03-21 .. 2026-03-31"] * 2
    assert desk.nets(last) == [-2200, 3300]
    (credit,) = desk.cancel(sub, "2026-03-25")
    assert credit["net_cents"] == -1800
    assert desk.balance(sub) == 1000 + 2000 + 5 * 300


def test_on_the_last_day_nothing_is_left(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    desk.change(sub, "2026-03-11", price_cents=6200)
    assert desk.cancel(sub, "2026-03-31T22:59:59Z") == []
