"""Rule: the data folder of today's version works on: nothing is paid again, what is open is paid, sums stay."""

STORIES = {
    "upgrade": [
        ("old books",),
        ("report",),
        ("lyon", "Zoe Martin;2100,00;salary"),
        ("lyon", "Jörg Groß;1000,00;salary", "JÖRG GROSS;1000,00;salary", "Anna Weiß;20,00;bonus"),
        ("kontor", ("Anna Weiß", "extra", 1000)),
        ("entries",),
        ("pay",),
        ("report",),
    ],
}


def test_what_is_booked_stays(told):
    _, report, *_ = told("upgrade")
    assert [sheet["rows"] for sheet in report.json["sheets"]] == [3, 2, 2, 1]
    assert report.json["sheets"][1]["reasons"] == {"unknown_employee": 1}
    assert (report.json["booked_cents"], report.json["paid_cents"]) == (613000, 612000)


def test_nothing_is_booked_again(told):
    _, _, zoe, second, kontor, entries, *_ = told("upgrade")
    assert [answer.counts() for answer in (zoe, second, kontor)] == [(0, 1, 0), (0, 3, 0), (0, 1, 0)]
    assert len(entries.lines) == 6


def test_what_is_open_is_paid(told):
    *_, pay, report = told("upgrade")
    assert {number: cents for number, (_, _, cents) in pay.payments().items()} == {"1": 1000}
    assert (pay.json["run"], report.json["open_cents"]) == (2, 0)
