"""README, Report: every row that came in is accepted, a duplicate or rejected; sums by period."""

STORIES = {
    "two sheets": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël")),
        ("lyon", "Anna Weiß;2100,00;salary", "Anna Weiß;2100,00;salary", "Nobody;1,00;x", "Bernd Noël;x;x"),
        ("kontor", ("Bernd Noël", "salary", 190000)),
        ("report",),
        ("pay",),
        ("report", {"period": "2024-06"}),
        ("run", "--config", "{here}/paytrain.ini", "report", "--period", "2024-05"),
    ],
}


def test_by_sheet(told):
    _, _, _, report, _, june, text = told("two sheets")
    assert report.json == {
        "period": "2024-05",
        "sheets": [
            {"sheet": 1, "source": "lyon", "rows": 4, "accepted": 1, "accepted_cents": 210000, "duplicates": 1,
             "rejected": 2, "reasons": {"bad_amount": 1, "unknown_employee": 1}},
            {"sheet": 2, "source": "kontor", "rows": 1, "accepted": 1, "accepted_cents": 190000, "duplicates": 0,
             "rejected": 0, "reasons": {}},
        ],
        "booked_cents": 400000, "paid_cents": 0, "open_cents": 400000,
    }
    assert (june.json["sheets"], june.json["booked_cents"]) == ([], 0)
    assert "booked 4000.00, paid 4000.00, open 0.00" in text.stdout
