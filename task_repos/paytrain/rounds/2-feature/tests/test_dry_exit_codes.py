"""README, dry run: 0 nothing would change, 5 something would be booked, 6 a row would be rejected, else as import."""

DRY = {"dry": True}

STORIES = {
    "codes": [
        ("staff", (1, "Anna Weiß")),
        ("lyon", "Anna Weiß;1,00;a"),
        ("lyon", "Anna Weiß;1,00;a", DRY),
        ("lyon", DRY),
        ("lyon", "Anna Weiß;1,00;a", "Anna Weiß;2,00;a", DRY),
        ("lyon", "Anna Weiß;2,00;a", "Anna Weiß;-2,00;b", {"dry": True, "json": False}),
        ("lyon", "Anna Weiß;1,00;a", "Nobody;2,00;a", DRY),
        ("lyon", "Anna Weiß;2,00;a", "Nobody;2,00;a", DRY),
        ("sheet", "lyon", "x\n", DRY),
        ("sheet", "kontor", "T0000000100000000000000\n", DRY),
        ("sheet", "nowhere", "x\n", DRY),
        ("lyon", {"dry": True, "period": "May"}),
        ("entries",),
    ],
}


def test_codes(told):
    *tries, entries = told("codes")
    assert [answer.code for answer in tries] == [0, 0, 0, 0, 5, 5, 6, 6, 3, 3, 2, 2]
    assert entries.booked() == [("1", "a", 100)]
