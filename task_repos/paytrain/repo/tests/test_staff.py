import json

from tests.office import ANNA, BERND


def test_employees_are_added_and_changed(office):
    code, out = office.staff("number;name;iban\n1;Anna Groß;%s\n9;Ida;%s\n;Nobody;%s\n8;Joe;DE00\n" % (BERND, ANNA, ANNA))
    assert code == 1
    assert out.splitlines() == ["2 employees loaded, 2 rows rejected", "  row 3: incomplete", "  row 4: bad_account"]
    _, out = office.run("staff", "list", "--json")
    listed = [json.loads(line) for line in out.splitlines()]
    assert [person["number"] for person in listed] == ["1", "2", "3", "9"]
    assert listed[0] == {"number": "1", "name": "Anna Groß", "iban": BERND, "active": True}


def test_a_file_that_is_none(office):
    assert office.staff("number;name\n1;Anna\n")[0] == 3
    assert office.run("staff", "load", office.path("nowhere"))[0] == 3
