"""README, Names: case does not count (full case folding), nor does white space; an accent does."""

STORIES = {
    "case": [
        ("staff", (1, "Jörg Groß"), (2, "ZOË MARTIN"), (3, "Σίσυφος Νίκας")),
        ("lyon", "JÖRG GROSS;1,00;a", "jörg\u00a0  groß;2,00;b", "zoë martin;3,00;c", "ΣΊΣΥΦΟΣ ΝΊΚΑΣ;4,00;d",
         "σίσυφοσ νίκασ;5,00;e"),
        ("entries",),
    ],
    "accents": [
        ("staff", (1, "Zoë Martin"), (2, "Ana Silva \u00b2")),
        ("lyon", "Zoe Martin;1,00;a", "Zoé Martin;2,00;b", "Ana Silva 2;3,00;c", "\uff3aoë Martin;4,00;d",
         "Ana Silva;5,00;e", "Ana Silva \u00b2;6,00;f"),
    ],
}


def test_case_is_folded(told):
    _, done, entries = told("case")
    assert done.counts() == (5, 0, 0)
    assert [employee for employee, _, _ in entries.booked()] == ["1", "1", "2", "3", "3"]


def test_nothing_else_is_the_same(told):
    _, done = told("accents")
    assert done.counts() == (1, 0, 5)
    assert done.json["reasons"] == {"unknown_employee": 5}
