"""The report's own example: a sheet saved on a Mac, then saved again on an office computer."""

ROWS = ("Zo\u00eb Martin;2100,00;salary", "Paul Durand;1900,00;salary")

STORIES = {
    "mac first": [
        ("staff", (13, "Zo\u00eb Martin"), (14, "Paul Durand")),
        ("lyon", *ROWS, {"mac": True}),
        ("lyon", *ROWS),
        ("pay",),
    ],
    "office first": [
        ("staff", (13, "Zo\u00eb Martin"), (14, "Paul Durand")),
        ("lyon", *ROWS),
        ("lyon", *ROWS, {"mac": True}),
        ("pay",),
    ],
}


def test_zoe_is_paid(told):
    for story in ("mac first", "office first"):
        payments = told(story)[-1].payments()
        assert {number: cents for number, (_, _, cents) in payments.items()} == {"13": 210000, "14": 190000}
        assert payments["13"][0] == "Zo\u00eb Martin"


def test_everybody_is_booked_the_first_time(told):
    for story in ("mac first", "office first"):
        _, first, again, _ = told(story)
        assert (first.counts(), again.counts()) == ((2, 0, 0), (0, 2, 0))
