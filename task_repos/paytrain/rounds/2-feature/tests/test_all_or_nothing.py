"""README, Import: all of a sheet or nothing, also where only the end of a long sheet says that it is not a good one."""

PEOPLE = tuple((number, f"Person {number}") for number in range(1, 41))
LONG = [(f"Person {nth % 40 + 1}", f"line {nth}", nth + 1) for nth in range(1300)]


def records(rows):
    return "".join(f"D{name:<30}{'':34}{cents:012d}{reference:<20}\n" for name, reference, cents in rows)


def control(rows, off=0):
    return f"T{len(rows):08d}{sum(cents for _, _, cents in rows) + off:014d}\n"


CSV = "Nom;Montant;Motif\n" + "".join(f"{name};{cents},00;{reference}\n" for name, reference, cents in LONG)

STORIES = {
    "late": [
        ("staff", *PEOPLE),
        ("look",),
        ("sheet", "kontor", records(LONG) + control(LONG, off=1)),
        ("sheet", "kontor", records(LONG)),
        ("sheet", "kontor", records(LONG) + control(LONG) + "D\n"),
        ("sheet", "lyon", CSV + "Person 1;1,00;a;b;c\n"),
        ("sheet", "kontor", records(LONG), {"dry": True}),
        ("entries",),
        ("look",),
        ("sheet", "kontor", records(LONG) + control(LONG)),
        ("sheet", "lyon", CSV + CSV.partition("\n")[2]),
        ("report",),
    ],
}


def test_nothing_is_left_of_it(told):
    answers = told("late")
    assert [answer.code for answer in answers[2:7]] == [3] * 5
    assert answers[7].lines == []
    before, after = [answer.files["audit.log"] for answer in answers if answer.files]
    assert before == after


def test_then_all_of_it(told):
    *_, kontor, lyon, report = told("late")
    assert (kontor.json["sheet"], kontor.counts()) == (1, (1300, 0, 0))
    assert (lyon.json["sheet"], lyon.counts()) == (2, (1300, 1300, 0))
    assert len(lyon.json["details"]) == 200
    assert report.json["booked_cents"] == 101 * sum(cents for _, _, cents in LONG)
