"""README, At once: changes that stay within one tenant."""


def test_grants_and_roles(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    assert not keyd.allowed(acme, bob)
    grant = keyd.grant(acme, bob, "reader")
    assert keyd.allowed(acme, bob)
    keyd.role(acme, "reader", "reports:edit")
    assert not keyd.allowed(acme, bob) and keyd.allowed(acme, bob, "edit")
    keyd.revoke(acme, grant)
    assert not keyd.allowed(acme, bob, "edit")


def test_groups(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    crew = keyd.group(acme)
    grant = keyd.grant(acme, crew)
    assert not keyd.allowed(acme, bob)
    keyd.later("PUT", f"{keyd.path_of(crew)}/members/{bob}")
    assert keyd.allowed(acme, bob)
    keyd.revoke(acme, grant)
    assert not keyd.allowed(acme, bob)
    keyd.grant(acme, crew)
    assert keyd.allowed(acme, bob)
    keyd.later("DELETE", keyd.path_of(crew))
    assert not keyd.allowed(acme, bob)


def test_people(keyd):
    acme = keyd.tenant()
    name = keyd.name("late")
    assert keyd.check(acme, name)["reason"] == "unknown_principal"
    keyd.later("POST", f"/tenants/{acme}/principals", {"id": name, "name": "Late"})
    assert keyd.check(acme, name)["reason"] == "no_grant"
    keyd.grant(acme, name)
    assert keyd.allowed(acme, name)
    keyd.later("POST", f"/tenants/{acme}/principals/{name}/disable")
    assert keyd.check(acme, name)["reason"] == "disabled"
    keyd.later("POST", f"/tenants/{acme}/principals/{name}/enable")
    assert keyd.allowed(acme, name)
