"""README, dry run: it may be published, so there is no name and no account in it, and nothing in a log."""

ROWS = ("Greta Geheim,{iban:71},1.00,a", "Zo\u00eb Geheim,,2.00,a", "Unknown Geheim,,3.00,a", "Greta Geheim,{iban:72},4.00,a",
        "Greta Geheim,FR7630006000071,5.00,a")

STORIES = {
    "secrets": [
        ("staff", (71, "Greta Geheim"), (72, "Zo\u00eb Geheim")),
        ("porto", "Greta Geheim,,9.00,a"),
        ("porto", *ROWS, {"dry": True}),
        ("porto", *ROWS, {"dry": True, "json": False}),
        ("sheet", "porto", "name,amount,reference\nGreta Geheim,1.00,a,b\n", {"dry": True}),
    ],
}


def test_no_names_no_accounts(told):
    _, _, document, text, bad = told("secrets")
    assert (document.code, text.code, bad.code) == (6, 6, 3)
    for answer in (document, text, bad):
        for secret in ("Geheim", "Greta", "Zo", "30006000"):
            assert secret not in answer.stdout, answer
            assert secret not in answer.stderr, answer
    assert document.json["reasons"] == {"account_mismatch": 1, "bad_account": 1, "unknown_employee": 1}
