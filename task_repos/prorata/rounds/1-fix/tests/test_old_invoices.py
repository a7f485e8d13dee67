"""The report's rule on data: an old invoice of a month's price is for that month, whatever it says."""


def given(ask, store, **days):
    """(span, net, refers_to) of the credit notes of cancelling each subscription on its day."""
    requests = []
    for sub, day in days.items():
        requests += [("POST", "/clock", {"now": f"{day}T12:00:00Z"}), ("POST", f"/subscriptions/{sub[-1]}/cancel")]
    return [
        [(f"{line['from']} .. {line['to']}", line["net_cents"], credit["refers_to"])
         for credit in answer["credits"] for line in credit["lines"]]
        for answer in ask(requests, store)[1::2]
    ]


def test_what_was_paid_for_comes_back(ask, old_store):
    too_long, moved, twice = given(ask, old_store, sub_2="2026-03-15", sub_1="2026-03-13", sub_4="2026-03-29")
    assert too_long == [("2026-03-16 .. 2026-03-31", -1600, "R-000006")]
    assert moved == [("2026-03-14 .. 2026-03-27", -1550, "R-000004")]
    assert twice == [
        ("2026-03-30 .. 2026-03-31", -200, "R-000009"), ("2026-04-01 .. 2026-04-30", -3100, "R-000010"),
    ]


def test_at_the_end_of_the_month_and_after_it(ask, old_store):
    too_long, twice = given(ask, old_store, sub_2="2026-03-31", sub_4="2026-04-20")
    assert too_long == []
    assert twice == [("2026-04-21 .. 2026-04-30", -1033, "R-000010")]


def test_the_next_one_is_as_it_should_be(ask, old_store):
    answers = ask([
        ("POST", "/clock", {"now": "2026-03-28T12:00:00Z"}), ("POST", "/run", {"account": "2"}),
        ("POST", "/subscriptions/2/cancel"), ("GET", "/accounts/2/statement"),
    ], old_store)
    spans = [(line["from"], line["to"]) for credit in answers[2]["credits"] for line in credit["lines"]]
    assert spans == [("2026-03-29", "2026-03-31"), ("2026-04-01", "2026-04-30")]
    assert answers[3]["balance_cents"] == 2 * 3813 - 300 - 69
