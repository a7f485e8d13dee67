"""Rule: every amount is a whole number, rounded to the nearest cent, half away from zero."""

from fractions import Fraction


def numbers(value, name=""):
    """Every (key, number) in a JSON document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, name)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, value


def rounded(amount):
    size = int(abs(amount) + Fraction(1, 2))
    return size if amount >= 0 else -size


def test_no_amount_is_a_fraction(desk):
    sub = desk.subscribe("2026-01-01", zone=None, price_cents=3333, tax_bp=2333, quantity=7)
    documents = desk.run(sub, "2026-02-01") + desk.cancel(sub, "2026-02-11")
    found = [pair for pair in numbers(documents) if pair[0].endswith("_cents")]
    assert len(found) > 15
    assert [pair for pair in found if not isinstance(pair[1], int)] == []


def test_shares_are_rounded_once(desk):
    for day in (3, 10, 17):
        sub = desk.subscribe("2026-01-01", zone=None, price_cents=997, quantity=3, tax_bp=2300)
        desk.run(sub, "2026-01-01")
        (credit,) = desk.cancel(sub, f"2026-01-{day:02}")
        net = rounded(Fraction(-2991 * (31 - day), 31))
        assert (credit["net_cents"], credit["tax_cents"]) == (net, rounded(Fraction(net * 2300, 10_000)))


def test_large_amounts_stay_exact(desk):
    sub = desk.subscribe("2026-01-01", zone=None, price_cents=900_000_001, quantity=9_999, tax_bp=2300)
    (invoice,) = desk.run(sub, "2026-01-01")
    assert invoice["net_cents"] == 900_000_001 * 9_999
    (credit,) = desk.cancel(sub, "2026-01-30")
    assert credit["net_cents"] == rounded(Fraction(-900_000_001 * 9_999, 31))
