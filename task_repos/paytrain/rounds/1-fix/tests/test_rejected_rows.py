"""README, Rejections: a rejected row is not in the books; it is rejected again until the reason is gone."""

ROWS = ("Ida Blum,,5.00,salary", "Ana Silva,,6.00,salary", "Joe,,7.00,salary", "Kim,{iban:44},8.00,salary")

STORIES = {
    "reasons go": [
        ("staff", (1, "Ana Silva"), (2, "Ana Silva"), (3, "Joe", "no"), (4, "Kim")),
        ("porto", *ROWS),
        ("porto", *ROWS, ROWS[0], {"mac": True}),
        ("staff", (9, "Ida Blum"), (2, "Ana Silva \u00b2"), (3, "Joe")),
        ("porto", *ROWS),
        ("porto", *ROWS),
        ("report",),
        ("entries",),
    ],
    "in one sheet": [
        ("staff", (4, "Kim")),
        ("porto", "Kim,{iban:44},8.00,salary", "Kim,{iban:4},8.00,salary", "Kim,,8.00,salary"),
        ("porto", "Kim,{iban:44},8.00,salary"),
    ],
}


def test_rejected_again_until_the_reason_is_gone(told):
    _, first, again, _, later, last, report, entries = told("reasons go")
    assert first.json["reasons"] == {
        "account_mismatch": 1, "ambiguous_name": 1, "inactive_employee": 1, "unknown_employee": 1,
    }
    assert again.counts() == (0, 0, 5)
    assert (later.counts(), last.counts()) == ((3, 0, 1), (0, 3, 1))
    assert [sheet["rejected"] for sheet in report.json["sheets"]] == [4, 5, 1, 1]
    assert entries.booked() == [("1", "salary", 600), ("3", "salary", 700), ("9", "salary", 500)]


def test_a_rejected_row_is_no_duplicate(told):
    _, done, again = told("in one sheet")
    assert done.counts() == (1, 1, 1)
    assert done.json["details"] == [
        {"row": 1, "outcome": "rejected", "reason": "account_mismatch"}, {"row": 3, "outcome": "duplicate"},
    ]
    assert again.counts() == (0, 0, 1)
