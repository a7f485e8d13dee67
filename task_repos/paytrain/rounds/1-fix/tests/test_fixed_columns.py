"""README, Fixed-width sheet: columns are counted in letters, an accent takes none."""

ROWS = (
    ("Zo\u00eb Martin", "prime d'\u00e9t\u00e9", 210000, "{iban:1}"),
    ("Nguy\u1ec5n Th\u1ecb Ng\u1ecdc", "salary", 190000),
    ("X\u0302avier Bo\u0301", "salary", 170001),
    ("Paul Durand", "salary", 5),
)
STAFF = ("staff", (1, "Zo\u00eb Martin"), (2, "Nguy\u1ec5n Th\u1ecb Ng\u1ecdc"), (3, "X\u0302avier Bo\u0301"), (4, "Paul Durand"))
BOOKED = [
    ("1", "prime d'\u00e9t\u00e9", 210000), ("2", "salary", 190000), ("3", "salary", 170001), ("4", "salary", 5),
]


def story(*forms):
    return [STAFF, *[("kontor", *ROWS, {"mac": mac}) for mac in forms], ("entries",)]


STORIES = {"mac": story(True, False), "office": story(False, True)}


def test_either_form(told):
    for name in STORIES:
        _, first, again, entries = told(name)
        assert (first.counts(), again.counts()) == ((4, 0, 0), (0, 4, 0)), name
        assert entries.booked() == BOOKED, name
