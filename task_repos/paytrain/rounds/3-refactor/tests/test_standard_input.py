"""The report: a sheet can come from standard input, which can be read once."""

RUN = ("run", "--config", "{here}/paytrain.ini", "import", "--period", "2024-05", "--json", "--source")
SHEET = "\ufeffNom;Montant;Motif\r\nZo\u00eb Martin;2100,00;salary\r\nNobody;1,00;x\r\n"
FIXED = "D" + "Zo\u00eb Martin".ljust(30) + " " * 34 + "000000000500" + "extra".ljust(20) + "\n"

STORIES = {
    "piped": [
        ("staff", (13, "Zo\u00eb Martin")),
        (*RUN, "lyon", "--dry-run", "-", {"stdin": SHEET}),
        (*RUN, "lyon", "-", {"stdin": SHEET}),
        (*RUN, "kontor", "-", {"stdin": FIXED + "T0000000100000000000500\n"}),
        (*RUN, "kontor", "-", {"stdin": FIXED}),
        (*RUN, "lyon", "-"),
        ("entries",),
    ],
}


def test_a_sheet_from_standard_input(told):
    _, dry, lyon, kontor, cut, empty, entries = told("piped")
    assert dry.code == 6
    assert (lyon.counts(), kontor.counts()) == ((1, 0, 1), (1, 0, 0))
    assert (cut.code, empty.code) == (3, 3)
    assert entries.booked() == [("13", "extra", 500), ("13", "salary", 210000)]
