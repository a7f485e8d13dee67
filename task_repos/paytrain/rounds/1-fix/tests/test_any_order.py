"""README, The same line: in whatever order rows and sheets come, the same is booked, and every row is counted."""

import random
from unicodedata import normalize

PEOPLE = ("Zoe Martin", "Zo\u00eb Martin", "J\u00f6rg Gro\u00df", "Ana Silva \u00b2", "Ana Silva 2")
LINES = [f"{name};{cents},00;{reference}" for name in PEOPLE for cents in (5, 6) for reference in ("salary", "\u00e9t\u00e9")]
ROWS = [normalize(form, line) for line in LINES for form in ("NFC", "NFD")]
ROWS += [line.replace("Gro\u00df", "GROSS") for line in LINES[8:12]] + ["Nobody;1,00;x", "Nobody;1,00;x"]
STAFF = ("staff", *enumerate(PEOPLE, 1))


def shuffled(seed):
    rows = list(ROWS)
    random.Random(seed).shuffle(rows)
    return rows


def story(seed):
    rows = shuffled(seed)
    return [STAFF, ("lyon", *rows[:20]), ("lyon", *rows[20:]), ("lyon", *shuffled(seed + 100)), ("entries",)]


STORIES = {str(seed): story(seed) for seed in range(2)}


def test_the_same_is_booked(told):
    expected = sorted(
        (str(number), reference, cents)
        for number in range(1, 6) for reference in ("salary", "\u00e9t\u00e9") for cents in (500, 600)
    )
    for seed in STORIES:
        _, one, two, again, entries = told(seed)
        assert entries.booked() == expected
        first, second = one.counts(), two.counts()
        assert (first[0] + second[0], first[1] + second[1], first[2] + second[2]) == (20, len(ROWS) - 22, 2)
        assert again.counts() == (0, len(ROWS) - 2, 2)
