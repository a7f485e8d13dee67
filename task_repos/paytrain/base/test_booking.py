"""README, Import, Entries: rows become entries; other columns are ignored; byte order marks and CRLF are fine."""

STORIES = {
    "lyon": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël")),
        ("lyon", "Bernd Noël;1900,5;salary", "Anna Weiß;2100,00;salary", "Anna Weiß;-12,30;phone"),
        ("entries",),
        ("entries", {"period": "2024-06"}),
    ],
    "other columns": [
        ("staff", (1, "Anna Weiß")),
        ("sheet", "porto", "\ufeffreference,hours,name,amount\r\nsalary,160,\"Anna  Weiß\",2100.5\r\n"),
        ("entries", {"json": False}),
    ],
    "kontor": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël")),
        ("kontor", ("Anna Weiß", "salary", 210000), ("Bernd Noël", "rounding", 5, "{iban:2}")),
        ("entries",),
    ],
    "again": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël")),
        ("lyon", "Anna Weiß;2100,00;salary"),
        ("lyon", "Anna Weiß;2100,00;salary", "Bernd Noël;1900,00;salary", "Anna Weiß;2100,00;salary"),
        ("porto", "Anna Weiß,,2100.00,salary"),
        ("lyon", "Anna Weiß;2100,00;salary", {"period": "2024-06"}),
        ("entries",),
    ],
}


def test_a_csv_sheet(told):
    _, done, entries, june = told("lyon")
    assert done.json == {
        "sheet": 1, "source": "lyon", "period": "2024-05", "rows": 3, "accepted": 3, "accepted_cents": 398820,
        "duplicates": 0, "rejected": 0, "reasons": {}, "details": [],
    }
    assert [entry["row"] for entry in entries.lines] == [2, 3, 1]
    assert entries.lines[0] == {
        "employee": "1", "sheet": 1, "row": 2, "source": "lyon", "reference": "salary", "amount_cents": 210000,
        "run": None,
    }
    assert june.lines == []


def test_other_columns(told):
    _, done, entries = told("other columns")
    assert (done.code, done.json["accepted_cents"]) == (0, 210050)
    assert "2100.50" in entries.stdout


def test_a_fixed_sheet(told):
    _, done, entries = told("kontor")
    assert done.counts() == (2, 0, 0)
    assert entries.booked() == [("1", "salary", 210000), ("2", "rounding", 5)]


def test_the_same_line_is_booked_once(told):
    _, first, again, porto, june, entries = told("again")
    assert [answer.counts() for answer in (first, again, porto, june)] == [
        (1, 0, 0), (1, 2, 0), (1, 0, 0), (1, 0, 0),
    ]
    assert again.json["details"] == [{"row": 1, "outcome": "duplicate"}, {"row": 3, "outcome": "duplicate"}]
    assert len(entries.lines) == 3
