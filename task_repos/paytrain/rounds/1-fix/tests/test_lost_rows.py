"""README, Upgrades: rows that the old version lost can be sent again; what it booked is not booked again."""

ROWS = (
    "Zoe Martin;2100,00;salary", "Zo\u00eb Martin;2100,00;salary", "Anna Wei\u00df;2000,00;prime d\u2019\u00e9t\u00e9",
    "Zo\u00eb Martin;50,00;bonus", "Anna Wei\u00df;20,00;bonus", "J\u00f6rg Gro\u00df;1000,00;salary", "J\u00d6RG GROSS;1000,00;salary",
)


def story(mac):
    return [("old books",), ("lyon", *ROWS, {"mac": mac}), ("lyon", *ROWS, {"mac": not mac}), ("entries",), ("pay",)]


STORIES = {"office": story(False), "mac": story(True)}


def test_only_what_was_lost_is_booked(told):
    for name in STORIES:
        _, first, again, entries, _ = told(name)
        assert first.counts() == (2, 5, 0), name
        assert [detail["row"] for detail in first.json["details"]] == [1, 3, 5, 6, 7]
        assert again.counts() == (0, 7, 0), name
        assert len(entries.lines) == 8


def test_zoe_gets_her_money(told):
    for name in STORIES:
        payments = told(name)[-1].payments()
        assert {number: cents for number, (_, _, cents) in payments.items()} == {"1": 1000, "13": 215000}, name
