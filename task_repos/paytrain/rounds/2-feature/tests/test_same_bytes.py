"""README, dry run: the same bytes for the same books and sheet; the order of rows makes no difference but to `row`."""

import json
import random

PEOPLE = ("Anna", "Bernd", "Zo\u00eb", "Zoe", "\u00c9mile")
ROWS = [f"{name};{cents},00;{reference}" for name in PEOPLE for cents in (10, 9, -1) for reference in ("b", "\u00e9", "z", "B")]
BOOKED = ROWS[::2]


def shuffled(seed):
    rows = ROWS[::3] + ROWS[::6] + ["Nobody;1,00;x"]
    random.Random(seed).shuffle(rows)
    return rows


STORIES = {
    "orders": [
        ("staff", *enumerate(PEOPLE, 8)),
        ("lyon", *BOOKED),
        ("lyon", *shuffled(1), {"dry": True}),
        ("lyon", *shuffled(1), {"dry": True}),
        ("lyon", *shuffled(2), {"dry": True}),
        ("lyon", *shuffled(3), {"dry": True, "mac": True}),
    ],
}


def without_rows(answer):
    document = answer.json
    for line in document["added"]:
        del line["row"]
    for line in document["rejected_rows"]:
        del line["row"]
    return document


def test_the_same_bytes(told):
    _, _, one, again, *_ = told("orders")
    assert one.stdout == again.stdout
    assert json.loads(one.stdout)["added"]


def test_any_order(told):
    _, _, one, _, *others = told("orders")
    assert [without_rows(other) for other in others] == [without_rows(one)] * 2
    for name in ("added", "missing"):
        keys = [(line["employee"], line["reference"], line["amount_cents"]) for line in one.json[name]]
        assert keys == sorted(keys)
        assert len(keys) > 5


def test_the_first_of_equal_rows(told):
    rows = shuffled(1)
    for line in told("orders")[2].json["added"]:
        name = PEOPLE[int(line["employee"]) - 8]
        assert rows.index(f"{name};{line['amount_cents'] // 100},00;{line['reference']}") == line["row"] - 1
