"""README, exit code 3: a sheet that cannot be read is not taken, not even a part; 2: wrong usage."""

GOOD = "D" + "Anna Weiß".ljust(30) + " " * 34 + "000000210000" + "salary".ljust(20) + "\n"

STORIES = {
    "unreadable": [
        ("staff", (1, "Anna Weiß")),
        ("sheet", "lyon", "Nom;Motif\nAnna Weiß;salary\n"),
        ("sheet", "lyon", "Nom;Montant;Motif\nAnna Weiß;1,00;a\nAnna Weiß;1,00;b;c;d\n"),
        ("sheet", "lyon", ""),
        ("sheet", "kontor", GOOD),
        ("sheet", "kontor", GOOD + "T0000000200000000210000\n"),
        ("sheet", "kontor", GOOD + "T0000000100000000210001\n"),
        ("sheet", "kontor", GOOD + "X\nT0000000100000000210000\n"),
        ("sheet", "kontor", GOOD + "T0000000100000000210000\n" + GOOD),
        ("run", "--config", "{here}/paytrain.ini", "import", "--source", "lyon", "--period", "2024-05", "{here}/nowhere"),
        ("entries",),
        ("report",),
        ("run", "--config", "{here}/paytrain.ini", "audit"),
    ],
    "usage": [
        ("lyon", "Anna Weiß;1,00;a", {"period": "May"}),
        ("sheet", "paris", "Nom;Montant;Motif\n"),
        ("run", "--config", "{here}/nowhere.ini", "entries", "--period", "2024-05"),
        ("run", "--config", "{here}/paytrain.ini", "dance"),
        ("run", "--config", "{here}/paytrain.ini", "pay", "--period", "2024-05", "--date", "31.5.2024", "--out", "x"),
    ],
}


def test_nothing_of_it_is_taken(told):
    _, *tries, entries, report, audit = told("unreadable")
    assert [answer.code for answer in tries] == [3] * 9
    assert [answer.stdout for answer in tries] == [""] * 9
    assert all(answer.stderr for answer in tries)
    assert entries.lines == []
    assert report.json["sheets"] == []
    assert len(audit.lines) == 1


def test_wrong_usage(told):
    assert [answer.code for answer in told("usage")] == [2] * 5
