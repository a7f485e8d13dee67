"""README, The same line: references and headings are the same text however accents are encoded; case counts."""

HEAD = "name;amount;Pr\u00e9cision\n"

STORIES = {
    "references": [
        ("staff", (1, "Anna Weiss")),
        ("lyon", "Anna Weiss;10,00;prime d'\u00e9t\u00e9", "Anna Weiss;10,00;Prime d'\u00e9t\u00e9", "Anna Weiss;10,00;prime d'ete"),
        ("lyon", "Anna Weiss;10,00;prime d'\u00e9t\u00e9", "Anna Weiss;10,00;prime d'\u00e9te", {"mac": True}),
        ("entries",),
    ],
    "headings": [
        ("staff", (1, "Anna Weiss")),
        ("sheet", "summer", HEAD + "Anna Weiss;10,00;x\n", {"mac": True}),
        ("sheet", "summer", HEAD + "Anna Weiss;10,00;x\n"),
        ("sheet", "summer", HEAD.replace("\u00e9", "e") + "Anna Weiss;10,00;x\n"),
    ],
}


def test_references(told):
    _, first, mac, entries = told("references")
    assert (first.counts(), mac.counts()) == ((3, 0, 0), (1, 1, 0))
    assert len({reference for _, reference, _ in entries.booked()}) == 4


def test_headings(told):
    _, mac, office, plain = told("headings")
    assert (mac.counts(), office.counts(), plain.code) == ((1, 0, 0), (0, 1, 0), 3)
