"""README, At once: what is changed about a guest counts where they are a guest."""

import pytest


@pytest.fixture
def guest(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    return acme, globex, keyd.person(globex, acme)


@pytest.mark.parametrize("verb", ["read", "edit", "delete", "export"])
def test_a_revocation_counts_the_same_second(keyd, guest, verb):
    acme, _, kim = guest
    grant = keyd.grant(acme, kim)
    assert keyd.allowed(acme, kim, verb)
    keyd.revoke(acme, grant)
    assert not keyd.allowed(acme, kim, verb)
    assert keyd.kept(acme, kim, verb)


def test_the_next_grant_is_found(keyd, guest):
    acme, _, kim = guest
    first = keyd.grant(acme, kim, resource="reports/2024")
    second = keyd.grant(acme, kim)
    assert keyd.check(acme, kim)["grant"] == first["id"]
    keyd.revoke(acme, first)
    assert keyd.check(acme, kim)["grant"] == second["id"]
    keyd.revoke(acme, second)
    assert keyd.check(acme, kim)["reason"] == "no_grant"


def test_disabled_and_enabled_at_home(keyd, guest):
    acme, globex, kim = guest
    keyd.grant(acme, kim)
    assert keyd.allowed(acme, kim)
    keyd.later("POST", f"/tenants/{globex}/principals/{kim}/disable")
    assert keyd.check(acme, kim)["reason"] == "disabled"
    keyd.later("POST", f"/tenants/{globex}/principals/{kim}/enable")
    assert keyd.allowed(acme, kim)


def test_no_guest_any_more_and_again(keyd, guest):
    acme, _, kim = guest
    keyd.grant(acme, kim)
    assert keyd.allowed(acme, kim)
    keyd.later("DELETE", f"/tenants/{acme}/guests/{kim}")
    assert keyd.check(acme, kim)["reason"] == "unknown_principal"
    keyd.later("PUT", f"/tenants/{acme}/guests/{kim}")
    assert keyd.check(acme, kim)["reason"] == "no_grant"


def test_in_several_tenants(keyd, guest):
    acme, globex, kim = guest
    initech = keyd.tenant()
    keyd.later("PUT", f"/tenants/{initech}/guests/{kim}")
    for tenant in (acme, globex, initech):
        keyd.grant(tenant, kim)
        assert keyd.allowed(tenant, kim)
    keyd.later("POST", f"/tenants/{globex}/principals/{kim}/disable")
    assert [keyd.allowed(tenant, kim) for tenant in (acme, globex, initech)] == [False] * 3


def test_a_guest_in_a_group_of_the_house(keyd, guest):
    acme, _, kim = guest
    house = keyd.group(acme)
    grant = keyd.grant(acme, house)
    assert not keyd.allowed(acme, kim)
    keyd.later("PUT", f"{keyd.path_of(house)}/members/{kim}")
    assert keyd.allowed(acme, kim)
    keyd.revoke(acme, grant)
    assert not keyd.allowed(acme, kim)
    keyd.grant(acme, house)
    assert keyd.allowed(acme, kim)
    keyd.later("DELETE", f"{keyd.path_of(house)}/members/{kim}")
    assert not keyd.allowed(acme, kim)
