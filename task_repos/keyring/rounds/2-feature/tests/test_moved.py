"""README, Planned: a grant's time can be moved, which counts at once and is one audit entry."""

import pytest


@pytest.fixture
def guest(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    return acme, keyd.person(globex, acme)


def test_later_earlier_and_open(keyd, guest):
    acme, kim = guest
    grant = keyd.grant(acme, kim, ends_at=100)
    assert keyd.allowed(acme, kim)
    assert keyd.move(acme, grant, ends_at=0)["state"] == "ended"
    assert not keyd.allowed(acme, kim)
    keyd.move(acme, grant, ends_at=300)
    keyd.at(200)
    assert keyd.allowed(acme, kim)
    assert keyd.move(acme, grant, starts_at=250)["state"] == "pending"
    assert not keyd.allowed(acme, kim)
    moved = keyd.move(acme, grant, starts_at=None, ends_at=None)
    assert (moved["starts_at"], moved["ends_at"], moved["state"]) == (None, None, "active")
    assert keyd.allowed(acme, kim)
    keyd.at(400)
    assert keyd.kept(acme, kim)


def test_a_group_and_a_deny(keyd, guest):
    acme, kim = guest
    house = keyd.group(acme, kim)
    keyd.grant(acme, kim)
    deny = keyd.grant(acme, house, effect="deny", starts_at=100)
    assert keyd.allowed(acme, kim)
    assert keyd.move(acme, deny, starts_at=0)["effect"] == "deny"
    assert not keyd.allowed(acme, kim)


def test_the_order_of_the_ends(keyd, guest):
    acme, kim = guest
    grant = keyd.grant(acme, kim, starts_at=100, ends_at=200)
    path = f"/tenants/{acme}/grants/{grant['id']}"
    for wrong in (
        {"ends_at": keyd.t0 + 100}, {"starts_at": keyd.t0 + 200}, {"ends_at": "soon"},
        {"starts_at": 5, "ends_at": 5}, {}, None,
    ):
        keyd.refused(400, "invalid", "PATCH", path, wrong)
    assert keyd.get(path) == grant
    keyd.move(acme, grant, starts_at=300, ends_at=400)
    keyd.refused(404, "unknown_grant", "PATCH", f"/tenants/{acme}/grants/99", {"ends_at": None})
    keyd.revoke(acme, grant)
    keyd.refused(404, "unknown_grant", "PATCH", path, {"ends_at": None})


def test_one_entry(keyd, guest):
    acme, kim = guest
    grant = keyd.grant(acme, kim, ends_at=100)
    before = len(keyd.audit(acme))
    for _ in range(2):
        keyd.move(acme, grant, starts_at=50)
    (entry,) = keyd.audit(acme, f"?after={before}")
    assert (entry["kind"], entry["actor"]) == ("grant.moved", "ann")
    assert {
        "grant": grant["id"], "subject": grant["subject"], "starts_at": keyd.t0 + 50,
        "ends_at": keyd.t0 + 100,
    }.items() <= entry["detail"].items()


def test_what_stays_kept(keyd, guest):
    acme, kim = guest
    bob = keyd.person(acme)
    home = keyd.tenant()
    keyd.later("PUT", f"/tenants/{home}/guests/{kim}")
    grant = keyd.grant(acme, kim)
    keyd.check(acme, bob)
    keyd.check(home, kim)
    keyd.move(acme, grant, ends_at=100)
    assert keyd.kept(acme, bob) and keyd.kept(home, kim)


def test_after_a_restart(keyd, guest):
    acme, kim = guest
    grant = keyd.grant(acme, kim, effect="deny", ends_at=100)
    moved = keyd.move(acme, grant, starts_at=50)
    keyd.restart()
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == [moved]
