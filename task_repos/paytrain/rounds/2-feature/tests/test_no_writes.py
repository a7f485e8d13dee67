"""README, dry run: nothing in the data folder is made, written or touched."""

DRY = {"dry": True}

STORIES = {
    "with books": [
        ("staff", (1, "Anna Weiß")),
        ("lyon", "Anna Weiß;1,00;a", "Nobody;1,00;a"),
        ("look",),
        ("lyon", "Anna Weiß;2,00;a", "Nobody;1,00;a", DRY),
        ("lyon", "Anna Weiß;2,00;a", {"dry": True, "json": False}),
        ("sheet", "lyon", "x\n", DRY),
        ("look",),
        ("mode", 0o555),
        ("lyon", "Anna Weiß;2,00;a", DRY),
        ("mode", 0o755),
        ("look",),
        ("lyon", "Anna Weiß;2,00;a", "Nobody;1,00;a"),
        ("entries",),
    ],
    "without books": [("lyon", "Nobody;1,00;a", DRY), ("look",)],
    "old books": [
        ("old books",),
        ("look",),
        ("lyon", "Zoë Martin;2100,00;salary", DRY),
        ("look",),
    ],
}


def test_nothing_is_touched(told):
    for story in ("with books", "old books"):
        first, *others = [answer.files for answer in told(story) if answer.files is not None]
        assert first
        for other in others:
            assert other == first


def test_a_folder_that_may_only_be_read(told):
    answers = told("with books")
    assert (answers[8].code, answers[8].json["added"][0]["booked_cents"]) == (5, 100)


def test_a_folder_that_is_not_there(told):
    done, look = told("without books")
    assert (done.code, done.json["rejected"]) == (6, 1)
    assert look.files == {}
    assert "data" not in done.made


def test_the_import_does_what_was_said(told):
    *_, done, entries = told("with books")
    said = told("with books")[3].json
    real = done.json
    assert {name: real[name] for name in said if name in real} == {name: said[name] for name in said if name in real}
    assert entries.booked() == [("1", "a", 100), ("1", "a", 200)]
