"""Rule: every amount in every JSON document is a whole number of cents."""

import json


def numbers(value, name=""):
    """Every (key, number) in a JSON document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, name)
    elif not isinstance(value, (str, bool)):
        yield name, value


STORIES = {
    "halves": [
        ("staff", (1, "Anna Weiß")),
        ("lyon", "Anna Weiß;0,1;a", "Anna Weiß;0,2;b", "Anna Weiß;90071992547409,93;c", "Anna Weiß;1,005;d",
         "Anna Weiß;999999999,99;e"),
        ("report",),
        ("pay",),
    ],
}


def test_no_amount_is_a_float(everything):
    found = []
    for answer in everything:
        for line in answer.stdout.splitlines():
            if line.startswith("{"):
                found += numbers(json.loads(line))
    assert len(found) > 100
    assert [pair for pair in found if isinstance(pair[1], float)] == []
    amounts = [pair for pair in found if pair[0].endswith("_cents")]
    assert [pair for pair in amounts if type(pair[1]) not in (int, type(None))] == []


def test_exact_sums(told):
    _, done, report, pay = told("halves")
    assert done.json["reasons"] == {"bad_amount": 2}
    assert report.json["booked_cents"] == 10 + 20 + 99999999999
    assert pay.payments()["1"][2] == 100000000029
