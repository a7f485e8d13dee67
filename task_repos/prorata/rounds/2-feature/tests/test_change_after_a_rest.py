"""README, Planned: the share at the new price is of the period's days, also where a line was for a rest of it."""


def test_of_one_that_was_moved(ask, old_store):
    answers = ask([
        ("PUT", "/plans/large", {"name": "Large", "price_cents": 6200}),
        ("POST", "/clock", {"now": "2026-03-27T12:00:00Z"}),
        ("POST", "/run", {"account": "1"}),
        ("POST", "/clock", {"now": "2026-03-29T12:00:00Z"}),
        ("POST", "/subscriptions/1/change", {"plan": "large"}),
        ("POST", "/subscriptions/1/cancel"),
    ], old_store)
    spans = [(line["from"], line["to"], line["net_cents"]) for line in answers[4]["document"]["lines"]]
    assert spans == [
        ("2026-03-29", "2026-03-30", -200), ("2026-03-29", "2026-03-30", 400),
        ("2026-03-31", "2026-04-29", -3100), ("2026-03-31", "2026-04-29", 6200),
    ]
    assert [credit["net_cents"] for credit in answers[5]["credits"]] == [-200 - 6200]


def test_of_an_old_invoice_with_a_day_too_many(ask, old_store):
    answers = ask([
        ("PUT", "/plans/large", {"name": "Large", "price_cents": 6200}),
        ("POST", "/clock", {"now": "2026-03-22T12:00:00Z"}),
        ("POST", "/subscriptions/2/change", {"plan": "large"}),
        ("POST", "/clock", {"now": "2026-03-29T12:00:00Z"}),
        ("POST", "/subscriptions/4/change", {"plan": "large"}),
    ], old_store)
    lines = [[(line["from"], line["to"], line["net_cents"]) for line in answers[n]["document"]["lines"]] for n in (2, 4)]
    assert lines[0] == [("2026-03-22", "2026-03-31", -1000), ("2026-03-22", "2026-03-31", 2000)]
    assert lines[1] == [
        ("2026-03-29", "2026-03-31", -300), ("2026-03-29", "2026-03-31", 600),
        ("2026-04-01", "2026-04-30", -3100), ("2026-04-01", "2026-04-30", 6200),
    ]
