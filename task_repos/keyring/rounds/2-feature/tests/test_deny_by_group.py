"""README, Planned: it does not matter how allow and deny reach someone. Changes count at once."""

import pytest


@pytest.fixture
def two(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    return acme, globex, keyd.person(globex, acme)


@pytest.mark.parametrize("denied_by", ["person", "house", "crew"])
@pytest.mark.parametrize("allowed_by", ["person", "house", "crew"])
def test_every_way(keyd, two, allowed_by, denied_by):
    acme, globex, kim = two
    ways = {
        "person": kim,
        "house": keyd.group(acme, kim),
        "crew": keyd.group(globex, kim, share=[acme]),
    }
    keyd.grant(acme, ways[allowed_by])
    assert keyd.allowed(acme, kim)
    deny = keyd.grant(acme, ways[denied_by], effect="deny")
    assert keyd.check(acme, kim)["grant"] == deny["id"]
    assert keyd.kept(acme, kim)
    keyd.revoke(acme, deny)
    assert keyd.allowed(acme, kim)


def test_in_and_out_of_a_group_that_is_denied(keyd, two):
    acme, globex, kim = two
    crew = keyd.group(globex, share=[acme])
    keyd.grant(acme, kim)
    keyd.grant(acme, crew, effect="deny")
    assert keyd.allowed(acme, kim)
    keyd.later("PUT", f"{keyd.path_of(crew)}/members/{kim}")
    assert keyd.check(acme, kim)["reason"] == "denied"
    keyd.later("DELETE", f"{keyd.path_of(crew)}/members/{kim}")
    assert keyd.allowed(acme, kim)


def test_the_group_that_is_denied_is_not_shared_any_more(keyd, two):
    acme, globex, kim = two
    crew = keyd.group(globex, kim, share=[acme])
    keyd.grant(acme, kim)
    keyd.grant(acme, crew, effect="deny")
    assert not keyd.allowed(acme, kim)
    keyd.later("DELETE", f"{keyd.path_of(crew)}/shares/{acme}")
    assert keyd.allowed(acme, kim)
