"""README, Planned: a grant counts from its start up to, not including, its end."""

import pytest

CASES = {
    (10, 20): [False, True, True, False],
    (None, 20): [True, True, True, False],
    (10, None): [False, True, True, True],
    (None, None): [True, True, True, True],
    (20, 21): [False, False, False, True],
    (-50, -40): [False, False, False, False],
}


@pytest.mark.parametrize("starts_at, ends_at", CASES)
def test_half_open(keyd, starts_at, ends_at):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, starts_at=starts_at, ends_at=ends_at)
    seen = keyd.walk(acme, bob, (9, 10, 19, 20))
    assert [reason == "granted" for reason in seen] == CASES[starts_at, ends_at]


def test_a_deny_has_a_window_too(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob)
    keyd.grant(acme, bob, effect="deny", starts_at=10, ends_at=20)
    seen = keyd.walk(acme, bob, (9, 10, 19, 20))
    assert seen == ["granted", "denied", "denied", "granted"]


def test_the_lowest_that_is_active(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    ids = [
        keyd.grant(acme, bob, **ends)["id"]
        for ends in ({"ends_at": 10}, {"starts_at": 10, "ends_at": 20}, {"starts_at": 5})
    ]
    for second, grant in ((0, ids[0]), (9, ids[0]), (10, ids[1]), (19, ids[1]), (20, ids[2])):
        keyd.at(second)
        assert keyd.check(acme, bob) == {"allowed": True, "reason": "granted", "grant": grant}


def test_bad_windows_are_refused(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    good = {"subject": f"principal:{bob}", "role": "analyst", "resource": "reports"}
    wrong = (
        {"starts_at": 10, "ends_at": 10}, {"starts_at": 11, "ends_at": 10}, {"starts_at": -1},
        {"ends_at": "10"}, {"ends_at": 1.5}, {"starts_at": True}, {"ends_at": 2**40 + 1},
        {"effect": "maybe"}, {"effect": ["deny"]},
    )
    path = f"/tenants/{acme}/grants"
    keyd.all_refused(*((400, "invalid", "POST", path, {**good, **terms}) for terms in wrong))
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == []
    edge = {**good, "starts_at": 0, "ends_at": 2**40}
    assert keyd.ok("POST", f"/tenants/{acme}/grants", edge)["state"] == "active"
