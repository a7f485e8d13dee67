"""README, Planned: a kept decision is right at every second, and still takes no reads in between."""


def walk(keyd, tenant, principal, seconds):
    """(second, reason) at each, and that asking twice at the same second takes no reads."""
    steps = []
    for second in seconds:
        question = keyd.question(tenant, principal)
        steps += [("POST", "/debug/clock", {"now": keyd.t0 + second}), question, question]
    answers = keyd.calls(*steps)
    assert {again.headers["x-store-reads"] for again in answers[2::3]} == {"0"}
    assert [first.text for first in answers[1::3]] == [again.text for again in answers[2::3]]
    return list(zip(seconds, (answer.json()["reason"] for answer in answers[1::3])))


def test_an_end_nobody_announces(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, ends_at=3600)
    assert keyd.allowed(acme, bob)
    keyd.at(3599)
    assert keyd.kept(acme, bob)
    keyd.at(3600)
    assert keyd.check(acme, bob)["reason"] == "no_grant"
    keyd.at(7 * 86_400 - 1)
    assert keyd.kept(acme, bob)


def test_a_start_nobody_announces(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, starts_at=3600)
    assert not keyd.allowed(acme, bob)
    keyd.at(3599)
    assert keyd.kept(acme, bob)
    keyd.at(3600)
    assert keyd.allowed(acme, bob)


def test_what_starts_and_ends_behind_the_one_that_decides(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob)
    keyd.grant(acme, bob, effect="deny", starts_at=100, ends_at=200, resource="*")
    keyd.grant(acme, bob, effect="deny", starts_at=150, ends_at=250)
    assert walk(keyd, acme, bob, (0, 99, 100, 149, 150, 199, 200, 249, 250, 400)) == [
        (0, "granted"), (99, "granted"), (100, "denied"), (149, "denied"), (150, "denied"),
        (199, "denied"), (200, "denied"), (249, "denied"), (250, "granted"), (400, "granted"),
    ]


def test_an_allow_that_ends_behind_a_deny(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, ends_at=50)
    keyd.grant(acme, bob, effect="deny", ends_at=100)
    keyd.grant(acme, bob, starts_at=120)
    assert walk(keyd, acme, bob, (0, 50, 99, 100, 119, 120)) == [
        (0, "denied"), (50, "denied"), (99, "denied"), (100, "no_grant"), (119, "no_grant"),
        (120, "granted"),
    ]


def test_by_a_shared_group(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    crew = keyd.group(globex, kim, share=[acme])
    keyd.grant(acme, crew, starts_at=100, ends_at=200)
    assert walk(keyd, acme, kim, (99, 100, 199, 200)) == [
        (99, "no_grant"), (100, "granted"), (199, "granted"), (200, "no_grant"),
    ]


def test_what_does_not_matter_does_not_disturb(keyd):
    acme = keyd.tenant()
    bob, eve = keyd.person(acme), keyd.person(acme)
    keyd.grant(acme, bob)
    keyd.grant(acme, eve, ends_at=100)
    assert keyd.allowed(acme, bob) and keyd.allowed(acme, eve)
    keyd.at(100)
    assert keyd.kept(acme, bob)
    assert not keyd.allowed(acme, eve)


def test_exports_are_audited_through_it(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, ends_at=100)
    for second in (0, 99, 100):
        keyd.at(second)
        keyd.check(acme, bob, "export")
    told = keyd.audit(acme, "?kind=check.answered")
    assert [(e["at"] - keyd.t0, e["detail"]["reason"]) for e in told] == [
        (0, "granted"), (99, "granted"), (100, "no_grant"),
    ]
