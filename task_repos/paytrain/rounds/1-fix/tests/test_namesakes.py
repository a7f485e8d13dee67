"""README, Names: an accent, a superscript, a full-width letter makes another name; accounts tell namesakes apart."""

MARTINS = ("Zoe Martin;2100,00;salary", "Zo\u00eb Martin;2100,00;salary", "Zo\u00e9 Martin;2100,00;salary")
SILVAS = ("Ana Silva \u00b2,,900.00,salary", "Ana Silva 2,,900.00,salary", "Ana Silva \u00b3,,900.00,salary")

STORIES = {
    "accents": [
        ("staff", (12, "Zoe Martin"), (13, "Zo\u00eb Martin"), (14, "Zo\u00e9 Martin")),
        ("lyon", *MARTINS[1:], MARTINS[0]),
        ("lyon", *MARTINS, {"mac": True}),
        ("pay",),
    ],
    "accents on a mac": [
        ("staff", (12, "Zoe Martin"), (13, "Zo\u00eb Martin"), (14, "Zo\u00e9 Martin")),
        ("lyon", *MARTINS, {"mac": True}),
        ("lyon", *MARTINS),
        ("pay",),
    ],
    "superscripts": [
        ("staff", (21, "Ana Silva \u00b2"), (22, "Ana Silva 2")),
        ("porto", *SILVAS, "Ana Silva \uff12,,900.00,salary", "\uff21na Silva 2,,900.00,salary"),
        ("entries",),
    ],
    "the same name": [
        ("staff", (31, "Ana Silva"), (32, "Ana Silva"), (33, "ANA SILVA")),
        ("porto", *[f"Ana Silva,{{iban:{number}}},900.00,salary" for number in (31, 33, 32, 31)],
         "ana silva,,900.00,salary"),
        ("entries",),
    ],
}


def test_accents_are_people(told):
    for story in ("accents", "accents on a mac"):
        _, first, again, pay = told(story)
        assert (first.counts(), again.counts()) == ((3, 0, 0), (0, 3, 0)), story
        assert {number: cents for number, (_, _, cents) in pay.payments().items()} == {
            "12": 210000, "13": 210000, "14": 210000,
        }


def test_nothing_is_folded_by_its_looks(told):
    _, done, entries = told("superscripts")
    assert done.json["reasons"] == {"unknown_employee": 3}
    assert entries.booked() == [("21", "salary", 90000), ("22", "salary", 90000)]


def test_accounts_tell_namesakes_apart(told):
    _, done, entries = told("the same name")
    assert done.counts() == (3, 1, 1)
    assert done.json["reasons"] == {"ambiguous_name": 1}
    assert [employee for employee, _, _ in entries.booked()] == ["31", "32", "33"]
