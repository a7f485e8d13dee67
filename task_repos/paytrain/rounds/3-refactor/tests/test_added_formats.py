"""The report: a configuration adds formats; a reader is asked for one row after the other."""

FORMATS = '''
import weakref


class Row(dict):
    __hash__ = object.__hash__


def read(lines, settings):
    """Counts how many of its rows somebody still has."""
    assert settings["limit"] == "25" and iter(lines) is lines
    alive = weakref.WeakSet()
    for line in lines:
        cells = line.rstrip("\\r\\n").split(settings["cut"])
        if cells == ["stop"]:
            raise ValueError("this is not for the log: " + line + str(list(alive)))
        name, amount, reference, *account = cells
        row = Row(name=name, amount=amount, reference=reference)
        if account:
            row["account"] = account[0]
        alive.add(row)
        if len(alive) > int(settings["limit"]):
            raise ValueError("%d rows at once" % len(alive))
        yield row
'''
CONFIG = """
[paytrain]
data = data

[format agency]
file = agency.py

[source temps]
format = agency
cut = /
limit = 25
decimal = .

[source lyon]
column.name = Nom
column.amount = Montant
column.reference = Motif

[source kontor]
format = fixed
"""
RUN = ("run", "--config", "{here}/paytrain.ini")
START = [
    ("write", "paytrain.ini", CONFIG), ("write", "agency.py", FORMATS),
    ("staff", (1, "Anna Wei\u00df"), (2, "Zo\u00eb Martin"), (3, "Zoe Martin")),
]
ROWS = "Zo\u00eb Martin/2100.00/salary\nZoe Martin/2100.00/salary\nZO\u00cb MARTIN/2100.00/salary/{iban:2}\nNobody/1.00/x\nAnna Wei\u00df/1,00/y\n"
LONG = "".join(f"Anna Weiss/1.00/{number}\n" for number in range(400))

STORIES = {
    "agency": [
        *START,
        ("sheet", "temps", ROWS, {"dry": True}),
        ("sheet", "temps", ROWS, {"mac": True}),
        ("sheet", "temps", LONG + LONG),
        ("sheet", "temps", LONG, {"dry": True}),
        ("entries",),
        (*RUN, "formats", "--json"),
        (*RUN, "formats"),
    ],
    "not this format": [
        *START,
        ("sheet", "temps", LONG + "stop\n"),
        ("sheet", "temps", "Anna Weiss/1.00\n"),
        ("sheet", "temps", LONG + "stop\n", {"dry": True}),
        ("entries",),
        ("report",),
        ("look",),
    ],
    "without": [(*RUN, "formats", "--json")],
}


def test_its_rows_are_like_all_others(told):
    _, _, _, dry, done, *_ = told("agency")
    assert dry.json["accepted"] == 2
    assert done.counts() == (2, 1, 2)
    assert done.json["reasons"] == {"bad_amount": 1, "unknown_employee": 1}


def test_one_row_after_the_other(told):
    long, dry, entries = told("agency")[5:8]
    assert long.counts() == (400, 400, 0)
    assert (dry.code, dry.json["duplicates"], len(dry.json["missing"])) == (0, 400, 2)
    assert len(entries.lines) == 402


def test_the_list_of_formats(told):
    *_, document, text = told("agency")
    assert document.json == {"formats": ["agency", "csv", "fixed"]}
    assert text.stdout.split() == ["agency", "csv", "fixed"]
    assert told("without")[0].json == {"formats": ["csv", "fixed"]}


def test_what_is_not_in_the_format(told):
    *tries, entries, report, look = told("not this format")[3:]
    assert [answer.code for answer in tries] == [3, 3, 3]
    assert (entries.lines, report.json["sheets"]) == ([], [])
    assert look.files["audit.log"]["text"].count("\n") == 1
    for text in [*[answer.stderr for answer in tries], look.files["paytrain.log"]["text"]]:
        assert "Anna" not in text and "not for the log" not in text
