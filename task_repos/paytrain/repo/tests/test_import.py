from tests.office import ANNA, BERND, lyonSheet


def test_rows_are_booked(office):
    code, result = office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Bernd Noël;1999,5;salary"))
    assert code == 0
    assert (result["rows"], result["accepted"], result["accepted_cents"]) == (2, 2, 409950)
    assert [(e["employee"], e["amount_cents"]) for e in office.entries()] == [("1", 210000), ("2", 199950)]


def test_a_sheet_sent_again_with_a_line_added(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary"))
    code, result = office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Bernd Noël;1900,00;salary"))
    assert (code, result["accepted"], result["duplicates"]) == (0, 1, 1)
    assert result["details"] == [{"row": 1, "outcome": "duplicate"}]


def test_case_does_not_matter(office):
    code, result = office.importSheet(lyonSheet("ANNA WEISS;2100,00;salary", "bernd  noël;1,00;extra"))
    assert (code, result["accepted"]) == (0, 2)


def test_rejected_rows_say_why(office):
    rows = ("Nobody;1,00;x", ";1,00;x", "Anna Weiß;1.00;x", "Anna Weiß;0;x", "Carla Sá;5,00;x")
    code, result = office.importSheet(lyonSheet(*rows))
    assert code == 1
    assert [d["reason"] for d in result["details"]] == [
        "unknown_employee", "no_name", "bad_amount", "bad_amount", "inactive_employee",
    ]
    assert result["rows"] == result["rejected"] == 5


def test_the_account_must_be_the_employees(office):
    head = "Nom;IBAN;Montant;Motif\n"
    row = "Anna Weiß;%s;%d,00;salary\n"
    _, result = office.importSheet(head + row % (ANNA[:4] + " " + ANNA[4:], 1) + row % (BERND, 2) + row % ("FR76", 3))
    assert result["accepted"] == 1
    assert result["reasons"] == {"account_mismatch": 1, "bad_account": 1}


def test_other_columns_and_separators(office):
    code, result = office.importSheet(
        "reference,amount,hours,name\r\nsalary,2100.00,160,Anna Weiß\r\n", source="porto")
    assert (code, result["accepted_cents"]) == (0, 210000)


def test_what_is_no_sheet(office):
    assert office.importSheet("Nom;Motif\nAnna Weiß;x\n") == (3, None)
    assert office.run("import", "--source", "lyon", "--period", "2024-05", office.path("nowhere"))[0] == 3
    assert office.importSheet(lyonSheet(), period="May") == (2, None)
    assert office.importSheet(lyonSheet(), source="paris") == (2, None)
