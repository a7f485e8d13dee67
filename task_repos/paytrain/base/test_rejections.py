"""README, Rejections: each row for the first reason that applies; exit code 1, the others are booked."""

STORIES = {
    "reasons": [
        ("staff", (1, "Anna Weiß"), (2, "Bernd Noël"), (3, "Ida Blum", "no"), (4, "Ana Silva"), (5, "Ana Silva")),
        ("porto", ",,x,a", "Anna Weiß,,\uff12,b", "Anna Weiß,,0.00,c", "Anna Weiß,FR76,1.00,d", "Greta,FR76,1.00,e",
         "Greta,,1.00,f", "Anna Weiß,{iban:2},1.00,g", "Ana Silva,,1.00,h", "Ida Blum,,1.00,i",
         "Anna Weiß,,1.005,j", "Anna Weiß,,\"1,000.00\",k", "Anna Weiß,,7.00,l"),
        ("report",),
        ("entries",),
    ],
    "many": [("lyon", *[f"Nobody;{number},00;x" for number in range(1, 251)])],
}


def test_reasons(told):
    _, done, report, entries = told("reasons")
    assert done.code == 1
    assert [detail["reason"] for detail in done.json["details"]] == [
        "no_name", "bad_amount", "bad_amount", "bad_account", "bad_account", "unknown_employee", "account_mismatch",
        "ambiguous_name", "inactive_employee", "bad_amount", "bad_amount",
    ]
    assert done.counts() == (1, 0, 11)
    assert done.json["reasons"] == {
        "account_mismatch": 1, "ambiguous_name": 1, "bad_account": 2, "bad_amount": 4, "inactive_employee": 1,
        "no_name": 1, "unknown_employee": 1,
    }
    assert report.json["sheets"][0]["reasons"] == done.json["reasons"]
    assert entries.booked() == [("1", "l", 700)]


def test_only_the_first_details_are_listed(told):
    result = told("many")[0].json
    assert (result["rejected"], len(result["details"])) == (250, 200)
    assert result["details"][-1] == {"row": 200, "outcome": "rejected", "reason": "unknown_employee"}
