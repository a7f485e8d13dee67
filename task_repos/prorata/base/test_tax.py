"""README, Tax and Rounding: once for each document and rate, half a cent away from zero."""

import pytest


@pytest.mark.parametrize(
    ("net", "rate", "tax"), [(1050, 1000, 105), (1005, 1000, 101), (50, 100, 1), (49, 100, 0), (3333, 2300, 767), (7, 0, 0)]
)
def test_of_an_invoice(desk, net, rate, tax):
    sub = desk.subscribe("2026-01-01", zone=None, price_cents=net, tax_bp=rate)
    (invoice,) = desk.run(sub, "2026-01-01")
    assert invoice["taxes"] == [{"tax_bp": rate, "net_cents": net, "tax_cents": tax}]
    assert (invoice["net_cents"], invoice["tax_cents"], invoice["total_cents"]) == (net, tax, net + tax)
    assert desk.balance(sub) == net + tax


def test_what_comes_back_is_rounded_alike(desk):
    sub = desk.subscribe("2026-06-01", zone=None, price_cents=2010, tax_bp=1000)
    desk.run(sub, "2026-06-01")
    (credit,) = desk.cancel(sub, "2026-06-15")
    assert (credit["net_cents"], credit["tax_cents"]) == (-1005, -101)
    half = desk.subscribe("2026-06-01", zone=None, price_cents=1001, tax_bp=0)
    desk.run(half)
    assert desk.cancel(half)[0]["net_cents"] == -501
