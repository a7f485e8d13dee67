import json

from tests.office import ANNA, BERND, lyonSheet


def test_one_payment_for_each_employee(office):
    office.importSheet(lyonSheet("Bernd Noël;1900,00;salary", "Anna Weiß;2100,00;salary", "Anna Weiß;50,00;bonus"))
    code, out = office.pay()
    assert (code, json.loads(out)) == (0, {"run": 1, "payments": 2, "total_cents": 405000})
    assert office.read("pay.csv").splitlines() == [
        "H;paytrain;1;2024-05-31;" + ANNA,
        "P;1;Anna Weiß;%s;215000;Salary 2024-05" % ANNA,
        "P;2;Bernd Noël;%s;190000;Salary 2024-05" % BERND,
        "T;2;405000",
    ]


def test_what_is_paid_is_not_paid_again(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Bernd Noël;-5,00;phone"))
    office.pay()
    assert office.pay("second.csv")[0] == 4
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Bernd Noël;1900,00;salary"))
    assert json.loads(office.pay("third.csv")[1])["total_cents"] == 189500


def test_a_payment_file_is_never_replaced(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary"))
    office.write("pay.csv", "mine")
    assert office.pay()[0] == 4
    assert office.read("pay.csv") == "mine"
    assert office.pay("other.csv")[0] == 0


def test_the_report_counts_every_row(office):
    office.importSheet(lyonSheet("Anna Weiß;2100,00;salary", "Anna Weiß;2100,00;salary", "Nobody;1,00;x"))
    office.pay()
    report = json.loads(office.run("report", "--json", "--period", "2024-05")[1])
    assert report["sheets"] == [{
        "sheet": 1, "source": "lyon", "rows": 3, "accepted": 1, "accepted_cents": 210000, "duplicates": 1,
        "rejected": 1, "reasons": {"unknown_employee": 1},
    }]
    assert (report["booked_cents"], report["paid_cents"], report["open_cents"]) == (210000, 210000, 0)
