"""Rule: names, accounts and what a person gets are in no log, audit log or error output, whatever goes wrong."""

LINE = "D" + "Greta Geheim".ljust(30) + "{iban:4711}".ljust(34 + 11 - 27) + "000000987654" + "confidential".ljust(20) + "\n"

STORIES = {
    "secrets": [
        ("staff", (4711, "Greta Geheim"), (4712, "Zo\u00eb Geheim"), (4713, "Ida Geheim", "no")),
        ("write", "bad.csv", "number;name;iban\n9;Otto Geheim;FR00\n;Ute Geheim;{iban:4711}\n"),
        ("run", "--config", "{here}/paytrain.ini", "staff", "load", "{here}/bad.csv"),
        ("porto", "Greta Geheim,{iban:4711},9876.54,confidential", "Unknown Geheim,,9876.54,x",
         "Greta Geheim,{iban:4712},9876.54,x", "Ida Geheim,,9876.54,x", "Greta Geheim,,9876.54.3,x",
         "Zo\u00eb Geheim,,9876.54,confidential", "Greta Geheim,,9876.54,confidential", {"mac": True}),
        ("sheet", "porto", "name,amount,reference\nGreta Geheim,9876.54,a,b,c,confidential\n"),
        ("sheet", "porto", "Greta Geheim,9876.54,confidential\n"),
        ("sheet", "porto", "name,amount,reference\n\"Greta Geheim,9876.54,confidential\n"),
        ("sheet", "porto", "name,amount,reference\nGreta\0Geheim,9876.54,confidential\n"),
        ("sheet", "kontor", LINE + "T0000000100000000987653\n"),
        ("sheet", "kontor", LINE + "Greta Geheim\nT0000000100000000987654\n"),
        ("sheet", "kontor", LINE),
        ("pay",),
        ("pay", {"out": "nowhere/pay.csv"}),
        ("look",),
    ],
}
SECRETS = ("Geheim", "Greta", "Zo", "Otto", "30006000000000000004711", "30006000000000000004712", "9876.54", "987654",
           "confidential")


def test_logs(told):
    files = told("secrets")[-1].files
    logs = {name: file["text"] for name, file in files.items() if not name.endswith(".db")}
    assert {"audit.log", "paytrain.log"} <= set(logs)
    assert "import" in logs["audit.log"] and "sheet" in logs["paytrain.log"]
    for name, text in logs.items():
        assert [secret for secret in SECRETS if secret in text] == [], name


def test_error_output(told):
    for answer in told("secrets"):
        assert [secret for secret in SECRETS if secret in answer.stderr] == [], answer.step


def test_no_other_story_tells_names(everything):
    for answer in everything:
        found = [name for name in ("Anna", "Bernd", "Martin", "FR98", "Traceback") if name in answer.stderr]
        assert found == [], answer
