"""README, dry run: what would be added, what is missing, whose totals change, what is rejected."""

STORIES = {
    "a correction": [
        ("staff", (10, "Anna Weiß"), (9, "Bernd Noël"), (8, "Ida Blum"), (7, "Joe"), (6, "Kim", "no")),
        ("lyon", "Anna Weiß;2100,00;salary", "Anna Weiß;50,00;salary", "Bernd Noël;1900,00;salary", "Ida Blum;10,00;phone"),
        ("kontor", ("Anna Weiß", "salary", 500), ("Joe", "salary", 700)),
        ("lyon", "Joe;900,00;salary", {"period": "2024-04"}),
        ("pay",),
        ("lyon", "Nobody;1,00;x", "Joe;5,00;salary", "Anna Weiß;2200,00;salary", "Anna Weiß;50,00;salary",
         "Anna Weiß;50,00;salary", "Kim;3,00;x", "Bernd Noël;10,00;a", "Bernd Noël;-10,00;a", "Joe;4,00;bonus",
         "Joe;4,00;Bonus", {"dry": True}),
        ("lyon", "Nobody;1,00;x", "Joe;5,00;salary", {"dry": True, "json": False}),
    ],
    "first of all": [
        ("staff", (1, "Anna Weiß")),
        ("porto", "Anna Weiß,,1.00,a", "Anna Weiß,,1.00,a", "Anna Weiß,,2.00,a", {"dry": True}),
        ("porto", "Anna Weiß,,1.00,a", "Anna Weiß,,1.00,a", "Anna Weiß,,2.00,a"),
        ("porto", "Anna Weiß,,2.00,a", "Anna Weiß,,1.00,a", {"dry": True}),
    ],
    "many": [("lyon", *[f"Nobody;{number},00;x" for number in range(1, 226)], {"dry": True})],
}


def added(employee, reference, cents, booked, row):
    return {"employee": employee, "reference": reference, "amount_cents": cents, "booked_cents": booked, "row": row}


def test_the_whole_document(told):
    assert told("a correction")[5].json == {
        "source": "lyon", "period": "2024-05", "rows": 10, "accepted": 6, "accepted_cents": 221300, "duplicates": 2,
        "rejected": 2, "reasons": {"inactive_employee": 1, "unknown_employee": 1},
        "added": [
            added("10", "salary", 220000, 215000, 3),
            added("7", "Bonus", 400, None, 10),
            added("7", "bonus", 400, None, 9),
            added("7", "salary", 500, None, 2),
            added("9", "a", -1000, None, 8),
            added("9", "a", 1000, None, 7),
        ],
        "missing": [
            {"employee": "10", "reference": "salary", "amount_cents": 210000},
            {"employee": "8", "reference": "phone", "amount_cents": 1000},
            {"employee": "9", "reference": "salary", "amount_cents": 190000},
        ],
        "employees": [
            {"employee": "10", "before_cents": 215500, "after_cents": 435500},
            {"employee": "7", "before_cents": 700, "after_cents": 2000},
        ],
        "rejected_rows": [
            {"row": 1, "reason": "unknown_employee"}, {"row": 6, "reason": "inactive_employee"},
        ],
    }


def test_as_text(told):
    text = told("a correction")[6].stdout
    assert len(text.splitlines()) >= 1 + 4 + 1
    for word in ("salary", "phone", "unknown_employee", "2 rows", "1 accepted", "0 duplicates", "1 rejected"):
        assert word in text, word


def test_lines_within_the_sheet(told):
    _, first, _, nothing = told("first of all")
    assert first.json["added"] == [added("1", "a", 100, None, 1), added("1", "a", 200, None, 3)]
    assert first.json["employees"] == [{"employee": "1", "before_cents": 0, "after_cents": 300}]
    assert (nothing.json["added"], nothing.json["missing"], nothing.json["employees"]) == ([], [], [])
    assert nothing.json["duplicates"] == 2


def test_all_rejected_rows_are_listed(told):
    rows = told("many")[0].json["rejected_rows"]
    assert [entry["row"] for entry in rows] == list(range(1, 226))
