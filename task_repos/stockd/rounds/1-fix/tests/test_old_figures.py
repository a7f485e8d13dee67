"""README, Journal: the figures of an older version's journal keep the promises, whatever that version made of it."""


def test_what_was_given_back_twice(lines, replayed):
    mug = lines("mug")
    figures, holds = replayed(
        mug.count(1, 10),
        mug.hold(10, "h1", 4, 910), mug.hold(10, "h2", 5, 5010),
        mug.extend(20, "h1", 920),
        mug.confirm(30, "h1", 4, "p1"), mug.answer(40, "captured", "h1", 4, "p1"),
        mug.expired(910, "h1", 4),
        mug.hold(920, "h3", 5, 1820),
    )
    assert figures["mug"] == (-4, 10, 4)
    assert sorted(holds) == ["h2", "h3"]


def test_what_was_given_back_too_much(lines, replayed):
    mug = lines("mug")
    figures, _ = replayed(
        mug.count(1, 10),
        mug.hold(10, "h1", 4, 910), mug.hold(10, "h2", 5, 5010),
        mug.reduce(20, "h1", 1),
        mug.expired(910, "h1", 4),
        mug.expired(911, "h1", 4),
    )
    assert figures["mug"] == (5, 5, 0)


def test_a_late_capture_that_was_a_sale_stays_one(lines, replayed):
    mug = lines("mug")
    figures, holds = replayed(
        mug.count(1, 10),
        mug.hold(10, "h1", 3, 910), mug.hold(10, "h2", 5, 5010),
        mug.confirm(500, "h1", 3, "p1"),
        mug.answer(1100, "lapsed", "h1", 3, "p1"), mug.expired(1100, "h1", 3),
        mug.answer(1200, "captured", "h1", 3, "p1"),
    )
    assert figures["mug"] == (2, 5, 3)
    assert list(holds) == ["h2"]


def test_two_captures_for_one_hold(lines, replayed):
    mug = lines("mug")
    figures, _ = replayed(
        mug.count(1, 10),
        mug.hold(10, "h1", 3, 9010), mug.hold(10, "h2", 5, 9010),
        mug.confirm(20, "h1", 3, "p1"), mug.answer(620, "lapsed", "h1", 3, "p1"),
        mug.confirm(630, "h1", 3, "p2"),
        mug.answer(640, "captured", "h1", 3, "p1"), mug.answer(650, "captured", "h1", 3, "p2"),
    )
    assert figures["mug"] == (-1, 5, 6)
