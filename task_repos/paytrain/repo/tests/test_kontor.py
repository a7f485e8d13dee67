from tests.office import ANNA, BERND


def record(name, account, cents, reference):
    return "D%-30s%-34s%012d%-20s\n" % (name, account, cents, reference)


def control(count, total):
    return "T%08d%014d\n" % (count, total)


def test_a_sheet_of_fixed_width(office):
    sheet = record("Anna Weiß", ANNA, 210000, "salary") + record("Bernd Noël", BERND, 5, "rounding")
    code, result = office.importSheet(sheet + control(2, 210005), source="kontor")
    assert (code, result["accepted"], result["accepted_cents"]) == (0, 2, 210005)
    assert [entry["reference"] for entry in office.entries()] == ["salary", "rounding"]


def test_a_sheet_that_does_not_add_up(office):
    sheet = record("Anna Weiß", ANNA, 210000, "salary")
    for end in ("", control(2, 210000), control(1, 1), control(1, 210000) + sheet):
        assert office.importSheet(sheet + end, source="kontor") == (3, None)
    assert office.entries() == []
