"""README, The same line: the same employee's, whatever case and white space the name is written in."""

STORIES = {
    "case": [
        ("staff", (1, "J\u00f6rg Gro\u00df"), (2, "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"), (3, "Zo\u00eb  Martin")),
        ("lyon", "J\u00f6rg Gro\u00df;1,00;a", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2;2,00;b", "Zo\u00eb Martin;3,00;c"),
        ("lyon", "J\u00d6RG GROSS;1,00;a", "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3;2,00;b", "ZO\u00cb\u00a0MARTIN;3,00;c",
         "j\u00f6rg gross;1,00;a", {"mac": True}),
        ("lyon", "J\u00d6RG GRO\u1e9e;1,00;a", "J\u00d6RG GROSS;1,00;A", "zo\u00eb martin;3,00;c", "J\u00f6rg Gros;1,00;a"),
        ("entries",),
    ],
}


def test_case_does_not_pay_twice(told):
    _, first, upper, more, entries = told("case")
    assert first.counts() == (3, 0, 0)
    assert upper.counts() == (0, 4, 0)
    assert more.counts() == (1, 2, 1)
    assert entries.booked() == [("1", "A", 100), ("1", "a", 100), ("2", "b", 200), ("3", "c", 300)]
