"""README, At once: what happens to a shared group counts in the tenants that it is shared with."""

import pytest


@pytest.fixture
def shared(keyd):
    """acme, where globex' crew has a grant; the crew; Kim, who is in it and was let in."""
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    crew = keyd.group(globex, kim, share=[acme])
    keyd.grant(acme, crew)
    assert keyd.allowed(acme, kim)
    return acme, crew, kim


@pytest.mark.parametrize("gone", ["/members/{kim}", "/shares/{acme}", ""])
def test_who_is_not_reached_any_more_is_out(keyd, shared, gone):
    acme, crew, kim = shared
    keyd.later("DELETE", keyd.path_of(crew) + gone.format(kim=kim, acme=acme))
    assert keyd.check(acme, kim)["reason"] == "unknown_principal"


def test_revoked(keyd, shared):
    acme, crew, kim = shared
    (grant,) = keyd.get(f"/tenants/{acme}/grants")["grants"]
    keyd.revoke(acme, grant)
    assert keyd.check(acme, kim)["reason"] == "no_grant"
    keyd.grant(acme, crew)
    assert keyd.allowed(acme, kim)


def test_a_new_member_is_let_in(keyd, shared):
    acme, crew, _ = shared
    lee = keyd.person(crew.partition("/")[0])
    assert not keyd.allowed(acme, lee)
    keyd.later("PUT", f"{keyd.path_of(crew)}/members/{lee}")
    assert keyd.allowed(acme, lee)


def test_disabled_at_home(keyd, shared):
    acme, crew, kim = shared
    keyd.later("POST", f"/tenants/{crew.partition('/')[0]}/principals/{kim}/disable")
    assert keyd.check(acme, kim)["reason"] == "disabled"


def test_a_group_shared_with_two(keyd, shared):
    acme, crew, kim = shared
    initech = keyd.tenant()
    assert keyd.check(initech, kim)["reason"] == "unknown_principal"
    keyd.later("PUT", f"{keyd.path_of(crew)}/shares/{initech}")
    assert keyd.check(initech, kim)["reason"] == "no_grant"
    keyd.grant(initech, crew)
    assert keyd.allowed(initech, kim)
    keyd.later("DELETE", f"{keyd.path_of(crew)}/shares/{acme}")
    assert not keyd.allowed(acme, kim)
    assert keyd.allowed(initech, kim)
    keyd.later("DELETE", keyd.path_of(crew))
    assert not keyd.allowed(initech, kim)


def test_a_guest_who_leaves_is_out_of_the_crew(keyd, shared):
    """Three tenants: at home in one, in the crew of another, let in by a third."""
    acme, crew, _ = shared
    globex, initech = crew.partition("/")[0], keyd.tenant()
    lee = keyd.person(initech, globex)
    keyd.later("PUT", f"{keyd.path_of(crew)}/members/{lee}")
    assert keyd.allowed(acme, lee)
    keyd.later("DELETE", f"/tenants/{globex}/guests/{lee}")
    assert keyd.check(acme, lee)["reason"] == "unknown_principal"
