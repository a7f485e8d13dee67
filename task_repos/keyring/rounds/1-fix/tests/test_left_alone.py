"""README, Kept decisions: a change leaves alone what it cannot matter to, across tenants too."""

import pytest


@pytest.fixture
def crowd(keyd):
    """acme and globex; Kim of globex, a guest of acme; Lee of globex; Bob of acme. All were asked."""
    acme, globex = keyd.tenant(), keyd.tenant()
    kim, lee, bob = keyd.person(globex, acme), keyd.person(globex, acme), keyd.person(acme)
    keyd.decisions((acme, kim), (acme, lee), (acme, bob), (globex, kim), (globex, lee))
    return acme, globex, kim, lee, bob


def test_a_grant_to_a_guest(keyd, crowd):
    acme, globex, kim, lee, bob = crowd
    grant = keyd.grant(acme, kim)
    assert keyd.kept(globex, kim)
    assert keyd.allowed(acme, kim)
    keyd.revoke(acme, grant)
    assert keyd.all_kept((globex, kim), (globex, lee), (acme, lee), (acme, bob))
    assert not keyd.allowed(acme, kim)


def test_a_grant_to_a_shared_group(keyd, crowd):
    acme, globex, kim, lee, bob = crowd
    crew = keyd.group(globex, kim, share=[acme])
    keyd.check(acme, kim)
    keyd.check(globex, kim)
    grant = keyd.grant(acme, crew)
    assert keyd.kept(globex, kim)
    keyd.revoke(acme, grant)
    assert keyd.all_kept((globex, kim), (acme, lee), (acme, bob))


def test_a_member_of_a_shared_group(keyd, crowd):
    acme, globex, kim, lee, bob = crowd
    crew = keyd.group(globex, kim, share=[acme])
    keyd.grant(acme, crew)
    keyd.later("PUT", f"{keyd.path_of(crew)}/members/{lee}")
    for tenant in (acme, globex):
        keyd.check(tenant, kim)
    keyd.later("DELETE", f"{keyd.path_of(crew)}/members/{lee}")
    assert keyd.all_kept((acme, kim), (globex, kim), (acme, bob))


def test_a_group_shared_unshared_and_deleted(keyd, crowd):
    acme, globex, kim, lee, bob = crowd
    crew = keyd.group(globex, kim)
    keyd.later("PUT", f"{keyd.path_of(crew)}/shares/{acme}")
    assert keyd.all_kept((acme, lee), (acme, bob))
    keyd.later("DELETE", f"{keyd.path_of(crew)}/shares/{acme}")
    keyd.later("PUT", f"{keyd.path_of(crew)}/shares/{acme}")
    keyd.later("DELETE", keyd.path_of(crew))
    assert keyd.all_kept((acme, lee), (acme, bob))


def test_someone_disabled_or_not_a_guest_any_more(keyd, crowd):
    acme, globex, kim, lee, bob = crowd
    keyd.later("POST", f"/tenants/{globex}/principals/{kim}/disable")
    keyd.later("DELETE", f"/tenants/{acme}/guests/{kim}")
    assert keyd.all_kept((acme, lee), (acme, bob), (globex, lee))


def test_a_role_of_another_tenant(keyd, crowd):
    acme, globex, kim, *_ = crowd
    keyd.role(globex, "analyst", "reports:read")
    assert keyd.kept(acme, kim)
