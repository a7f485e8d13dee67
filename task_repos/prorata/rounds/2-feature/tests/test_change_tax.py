"""README, Tax: once for each document and rate; what is given back has the rate it was taxed with."""


def test_on_the_sum_and_not_line_by_line(desk):
    sub = desk.subscribe("2026-03-01", price_cents=150, tax_bp=100)
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, price_cents=300)
    assert document["taxes"] == [{"tax_bp": 100, "net_cents": 150, "tax_cents": 2}]
    assert (document["net_cents"], document["tax_cents"], document["total_cents"]) == (150, 2, 152)


def test_half_a_cent_goes_away_from_zero_below_it_too(desk):
    sub = desk.subscribe("2026-03-01", price_cents=300, tax_bp=100)
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, price_cents=150)
    assert (document["taxes"][0]["tax_cents"], document["total_cents"]) == (-2, -152)


def test_two_rates(desk):
    sub = desk.subscribe("2026-03-01", price_cents=3100, tax_bp=2300)
    desk.run(sub, "2026-03-28")
    desk.ok("PUT", f"/accounts/{sub['account']}/tax", {"tax_bp": 600})
    document = desk.change(sub, "2026-03-31", price_cents=3410)
    assert desk.nets(document) == [-100, 110, -3100, 3410]
    assert [line["tax_bp"] for line in document["lines"]] == [2300, 600, 2300, 600]
    assert document["taxes"] == [
        {"tax_bp": 600, "net_cents": 3520, "tax_cents": 211}, {"tax_bp": 2300, "net_cents": -3200, "tax_cents": -736},
    ]
    # Net of 3.20 to pay, but less tax than was paid: the total decides what it is.
    assert (document["net_cents"], document["total_cents"], document["kind"]) == (320, -205, "credit")
    (credit,) = desk.cancel(sub, "2026-04-15")
    assert credit["taxes"] == [{"tax_bp": 600, "net_cents": -1705, "tax_cents": -102}]


def test_shares_of_the_rest(desk):
    sub = desk.subscribe("2026-03-01", price_cents=997, quantity=3, tax_bp=2300)
    desk.run(sub, "2026-03-01")
    document = desk.change(sub, "2026-03-14", price_cents=1999)
    assert desk.nets(document) == [-1737, 3482]
    assert document["tax_cents"] == 401
