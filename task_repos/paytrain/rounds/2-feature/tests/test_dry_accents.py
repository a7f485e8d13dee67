"""README, dry run: it knows lines as the import does: by employee, in whatever form they are written."""

ROWS = ("Zo\u00eb Martin;2100,00;prime d'\u00e9t\u00e9", "Zoe Martin;2100,00;prime d'\u00e9t\u00e9", "J\u00f6rg Gro\u00df;10,00;a")
STAFF = ("staff", (12, "Zoe Martin"), (13, "Zo\u00eb Martin"), (14, "J\u00f6rg Gro\u00df"))


def story(mac):
    return [
        STAFF,
        ("lyon", *ROWS, {"mac": mac, "dry": True}),
        ("lyon", *ROWS, {"mac": mac}),
        ("lyon", *ROWS, {"mac": not mac, "dry": True}),
        ("lyon", "J\u00d6RG GROSS;10,00;a", "Zo\u00eb Martin;2100,00;prime d'ete", {"mac": not mac, "dry": True}),
    ]


STORIES = {
    "office": story(False),
    "mac": story(True),
    "old books": [
        ("old books",),
        ("lyon", "Zoe Martin;2100,00;salary", "Zo\u00eb Martin;2100,00;salary", "Anna Wei\u00df;2000,00;prime d\u2019\u00e9t\u00e9",
         "J\u00d6RG GROSS;1000,00;salary", {"dry": True, "mac": True}),
        ("lyon", {"dry": True}),
    ],
}
SUMMER = "prime d'\u00e9t\u00e9"


def test_either_form_is_the_same_line(told):
    for name in ("office", "mac"):
        _, before, _, after, other = told(name)
        assert [(line["employee"], line["reference"]) for line in before.json["added"]] == [
            ("12", SUMMER), ("13", SUMMER), ("14", "a"),
        ]
        assert (after.code, after.json["added"], after.json["missing"]) == (0, [], [])
        assert [(line["employee"], line["reference"], line["booked_cents"]) for line in other.json["added"]] == [
            ("13", "prime d'ete", None),
        ]
        assert other.json["missing"] == [
            {"employee": "12", "reference": SUMMER, "amount_cents": 210000},
            {"employee": "13", "reference": SUMMER, "amount_cents": 210000},
        ]


def test_books_of_the_old_version(told):
    _, done, nothing = told("old books")
    assert done.json["added"] == [
        {"employee": "13", "reference": "salary", "amount_cents": 210000, "booked_cents": None, "row": 2},
    ]
    assert done.json["missing"] == [{"employee": "1", "reference": "bonus", "amount_cents": 2000}]
    assert [(line["employee"], line["reference"]) for line in nothing.json["missing"]] == [
        ("1", "bonus"), ("1", "prime d\u2019\u00e9t\u00e9"), ("12", "salary"), ("14", "salary"),
    ]
