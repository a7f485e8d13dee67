"""README, Staff file: employees are added and changed by number; wrong rows are listed."""

HEAD = ("run", "--config", "{here}/paytrain.ini", "staff")

STORIES = {
    "changes": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël")),
        ("write", "more.csv", "number;name;iban\n2;Bernd Blum;{iban:22}\n3;Ida;{iban:3}\n;Nobody;{iban:4}\n5;Joe;DE00\n"),
        (*HEAD, "load", "{here}/more.csv"),
        (*HEAD, "list", "--json"),
        ("lyon", "Bernd Noël;1,00;a", "Bernd Blum;2,00;b"),
        (*HEAD, "load", "{here}/nowhere.csv"),
    ],
}


def test_by_number(told, account):
    _, _, load, listed, sheet, missing = told("changes")
    assert load.code == 1
    assert "row 3" in load.stdout and "row 4" in load.stdout
    assert listed.lines == [
        {"number": "1", "name": "Anna Weiß", "iban": account(1), "active": True},
        {"number": "2", "name": "Bernd Blum", "iban": account(22), "active": True},
        {"number": "3", "name": "Ida", "iban": account(3), "active": True},
    ]
    assert sheet.counts() == (1, 0, 1)
    assert missing.code == 3
