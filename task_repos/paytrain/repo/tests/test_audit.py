from tests.office import lyonSheet


def test_lines_are_added(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary"))
    before = office.read("data/audit.log")
    office.pay()
    after = office.read("data/audit.log")
    assert after.startswith(before)
    assert after.count("\n") == 3
    assert office.run("audit", "--verify") == (0, "3 lines, in order\n")


def test_a_changed_line_is_noticed(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary"))
    office.pay()
    text = office.read("data/audit.log")
    office.write("data/audit.log", text.replace('"accepted": 1', '"accepted": 2'))
    assert office.run("audit", "--verify")[0] == 4


def test_no_personal_data_in_logs(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Greta Nobody;1,00;x"))
    office.pay()
    for name in ("data/audit.log", "data/paytrain.log"):
        text = office.read(name)
        assert "sheet" in text
        assert "Anna" not in text and "Greta" not in text and "FR76" not in text
