"""Rule: documents never change, and each series is numbered without gaps."""


def test_what_went_out_stays(desk):
    sub = desk.subscribe("2026-01-01", zone=None, tax_bp=2300)
    invoices = desk.run(sub, "2026-01-28")
    desk.ok("PUT", f"/accounts/{sub['account']}/tax", {"tax_bp": 600})
    desk.ok("PUT", f"/plans/{sub['plan']}", {"name": "Basic", "price_cents": 3100})
    credits = desk.cancel(sub)
    for document in (*invoices, *credits):
        assert desk.ok("GET", f"/documents/{document['number']}") == document


def test_numbers_have_no_gaps(desk):
    sub = desk.subscribe("2026-01-01", zone=None)
    desk.run(sub, "2026-03-01")
    desk.refused(404, "unknown_subscription", "POST", "/subscriptions/none/cancel")
    desk.cancel(sub)
    numbers = desk.ok("GET", "/documents")["numbers"]
    for series in "RG":
        own = [number for number in numbers if number.startswith(series)]
        assert own == [f"{series}-{count:06}" for count in range(1, len(own) + 1)]
    assert len(numbers) == len(set(numbers)) > 3


def test_old_ones_stay(ask, old_store):
    numbers, old = [f"R-{count:06}" for count in range(1, 11)], [("GET", "/documents/R-000006"), ("GET", "/documents")]
    later = [("POST", "/clock", {"now": "2026-06-01T12:00:00Z"}), ("POST", "/run"), ("POST", "/subscriptions/2/cancel")]
    first, listed, *_, again, all_of_them = ask([*old, *later, *old], old_store)
    assert first == again
    assert (first["lines"][0]["from"], first["lines"][0]["to"]) == ("2026-03-01", "2026-04-01")
    assert listed["numbers"] == numbers == all_of_them["numbers"][:10]
