"""Rule: the journal that today's version has written is readable, and says the same."""


def test_a_day_at_the_shop(lines, replayed):
    mug, jug = lines("mug"), lines("jug")
    figures, holds = replayed(
        {"at": 1, "op": "clock", "until": 5},
        mug.count(1, 10), jug.count(1, 4), mug.count(2, 12), {"at": 2, "op": "receive", "sku": "jug", "qty": 2},
        mug.hold(10, "h1", 4, 910), jug.hold(10, "h2", 1, 910), mug.hold(20, "h3", 3, 920), jug.hold(20, "h4", 2, 920),
        mug.reduce(30, "h1", 2), mug.extend(40, "h3", 940),
        mug.confirm(50, "h1", 2, "p1"), mug.answer(60, "captured", "h1", 2, "p1"),
        jug.confirm(60, "h2", 1, "p2"), jug.answer(70, "failed", "h2", 1, "p2"), jug.release(80, "h2", 1),
        jug.confirm(90, "h4", 2, "p3"), jug.answer(690, "lapsed", "h4", 2, "p3"),
        jug.expired(920, "h4", 2), jug.answer(930, "refund_due", "h4", 2, "p3"),
        mug.hold(935, "h5", 1, 1835), mug.expired(940, "h3", 3),
        jug.hold(941, "h6", 5, 1841), mug.confirm(942, "h5", 1, "p4"),
    )
    assert figures == {"mug": (9, 1, 2), "jug": (1, 5, 0)}
    assert list(holds) == ["h5", "h6"]
    assert (holds["h5"]["status"], holds["h5"]["payment"], holds["h5"]["expires_at"]) == ("paying", "p4", 1835)
    assert (holds["h6"]["status"], holds["h6"]["qty"], holds["h6"]["customer"]) == ("open", 5, "ann")
