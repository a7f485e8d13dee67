"""README, Pay and Payment file: one payment for each employee who has something to get, once."""

STORIES = {
    "runs": [
        ("staff", (10, "Anna Weiß"), (9, "Bernd Noël"), (8, "Ida Blum"), (7, "Zoë Martin")),
        ("lyon", "Bernd Noël;1900,00;salary", "Anna Weiß;2100,00;salary", "Anna Weiß;50,00;bonus",
         "Ida Blum;-5,00;phone", "Zoë Martin;5,00;a", "Zoë Martin;-5,00;b"),
        ("pay",),
        ("pay",),
        ("pay", {"out": "second.csv"}),
        ("lyon", "Ida Blum;105,00;salary", "Anna Weiß;50,00;bonus"),
        ("pay", {"out": "third.csv"}),
        ("report",),
        ("entries",),
    ],
}


def test_the_payment_file(told, account):
    pay = told("runs")[2]
    assert pay.json == {"run": 1, "payments": 2, "total_cents": 405000}
    assert pay.out.splitlines() == [
        "H;paytrain;1;2024-05-31;FR7630006000011234567890189",
        f"P;10;Anna Weiß;{account(10)};215000;Salary 2024-05",
        f"P;9;Bernd Noël;{account(9)};190000;Salary 2024-05",
        "T;2;405000",
    ]


def test_refused(told):
    _, _, first, exists, nothing, *_ = told("runs")
    assert (exists.code, exists.out) == (4, first.out)
    assert (nothing.code, nothing.out) == (4, None)
    assert [name for name in nothing.made if name.startswith(".")] == []


def test_only_what_is_open(told):
    *_, third, report, entries = told("runs")
    assert third.payments() == {"8": ("Ida Blum", third.payments()["8"][1], 10000)}
    assert (report.json["booked_cents"], report.json["paid_cents"], report.json["open_cents"]) == (415000, 415000, 0)
    assert [(entry["employee"], entry["run"]) for entry in entries.lines] == [
        ("10", 1), ("10", 1), ("7", None), ("7", None), ("8", 2), ("8", 2), ("9", 1),
    ]
