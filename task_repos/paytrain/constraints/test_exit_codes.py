"""Rule: exit codes stay as they are, and nothing ends in 70 or in a traceback."""

STORIES = {
    "codes": [
        ("staff", (1, "Anna Weiß")),
        ("lyon", "Anna Weiß;1,00;a"),
        ("lyon", "Anna Weiß;1,00;a"),
        ("lyon", "Anna Weiß;1,00;b", "Nobody;1,00;b"),
        ("lyon", "Nobody;1,00;c", {"json": False}),
        ("sheet", "lyon", "x\n"),
        ("sheet", "lyon", "Nom;Montant;Motif\n"),
        ("sheet", "nowhere", "x\n"),
        ("pay",),
        ("pay",),
        ("run", "--version"),
    ],
}


def test_codes(told):
    assert [answer.code for answer in told("codes")] == [0, 0, 0, 1, 1, 3, 0, 2, 0, 4, 0]


def test_complaints_are_on_the_error_output(told):
    for answer in told("codes"):
        if answer.code in (2, 3, 4):
            assert (answer.stdout, bool(answer.stderr)) == ("", True), answer


def test_no_bug(everything):
    assert [answer for answer in everything if answer.code not in (None, 0, 1, 2, 3, 4, 5, 6)] == []
