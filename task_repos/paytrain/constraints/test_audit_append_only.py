"""Rule: the audit log only grows, by a line for each command that changed the books; no other file may be cut either."""

import hashlib
import json

AUDIT = ("run", "--config", "{here}/paytrain.ini", "audit")

STORIES = {
    "a day": [
        ("staff", (1, "Anna Weiß")),
        ("look",),
        ("lyon", "Anna Weiß;1,00;a", "Nobody;1,00;b"),
        ("look",),
        ("sheet", "lyon", "x\n"),
        ("entries",),
        ("report",),
        ("pay", {"period": "2024-07"}),
        ("look",),
        ("lyon", "Anna Weiß;1,00;a", {"mac": True}),
        ("pay",),
        ("look",),
        (*AUDIT, "--verify"),
        AUDIT,
    ],
}


def test_it_grows(told):
    looks = [answer.files["audit.log"]["text"] for answer in told("a day") if answer.files]
    assert [text.count("\n") for text in looks] == [1, 2, 2, 4]
    for before, after in zip(looks, looks[1:], strict=False):
        assert after.startswith(before)
    logs = [answer.files["paytrain.log"]["text"] for answer in told("a day") if answer.files]
    assert logs[-1].startswith(logs[0])


def test_it_is_chained(told):
    *_, verify, audit = told("a day")
    assert verify.code == 0
    records = audit.lines
    assert [record["event"] for record in records] == ["staff", "import", "import", "pay"]
    assert [record["seq"] for record in records] == [1, 2, 3, 4]
    lines = audit.stdout.splitlines(keepends=True)
    assert [record["prev"] for record in records] == [
        "", *[hashlib.sha256(line.encode()).hexdigest() for line in lines[:-1]],
    ]
    assert json.loads(lines[1])["rejected"] == 1
