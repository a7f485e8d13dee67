"""README, Planned: a deny wins over every allow, and denies nothing more."""

import pytest


@pytest.fixture
def acme(keyd):
    return keyd.tenant()


@pytest.mark.parametrize("deny_first", [True, False])
@pytest.mark.parametrize("allow, deny", [
    ("reports", "reports/2024"), ("reports/2024", "reports"), ("reports/2024", "*"),
    ("*", "reports/2024"), ("reports/2024", "reports/2024"),
])
def test_whatever_is_more_exact_or_older(keyd, acme, deny_first, allow, deny):
    bob = keyd.person(acme)
    rules = [("allow", allow), ("deny", deny)]
    ids = {
        effect: keyd.grant(acme, bob, resource=resource, effect=effect)["id"]
        for effect, resource in (rules[::-1] if deny_first else rules)
    }
    assert keyd.check(acme, bob) == {"allowed": False, "reason": "denied", "grant": ids["deny"]}


def test_nothing_more_than_its_role_and_resource(keyd, acme):
    bob = keyd.person(acme)
    allow = keyd.grant(acme, bob, resource="*")["id"]
    keyd.grant(acme, bob, "reader", "reports/2024", effect="deny")
    granted = {"allowed": True, "reason": "granted", "grant": allow}
    told = keyd.decisions(
        (acme, bob, "export"), (acme, bob, "read", "reports/2023"), (acme, bob, "read", "reports"),
        (acme, bob, "read", "reports/2024b"),
    )
    assert told == [granted] * 4
    assert keyd.check(acme, bob, "read", "reports/2024/q1")["reason"] == "denied"


def test_a_deny_alone(keyd, acme):
    bob = keyd.person(acme)
    first = keyd.grant(acme, bob, effect="deny", resource="reports/2024")["id"]
    keyd.grant(acme, bob, effect="deny", resource="*")
    assert keyd.check(acme, bob) == {"allowed": False, "reason": "denied", "grant": first}
    keyd.later("POST", f"/tenants/{acme}/principals/{bob}/disable")
    assert keyd.check(acme, bob)["reason"] == "disabled"


def test_only_in_its_tenant(keyd, acme):
    globex = keyd.tenant()
    kim = keyd.person(globex, acme)
    keyd.grant(acme, kim)
    keyd.grant(globex, kim)
    deny = keyd.grant(globex, kim, effect="deny", resource="*")
    assert (keyd.allowed(acme, kim), keyd.allowed(globex, kim)) == (True, False)
    keyd.revoke(globex, deny)
    assert keyd.allowed(globex, kim)


def test_its_role_changes(keyd, acme):
    bob = keyd.person(acme)
    keyd.role(acme, "freeze", "reports:export")
    keyd.grant(acme, bob)
    keyd.grant(acme, bob, "freeze", effect="deny")
    assert (keyd.allowed(acme, bob), keyd.allowed(acme, bob, "export")) == (True, False)
    keyd.role(acme, "freeze", "reports:read")
    assert (keyd.allowed(acme, bob), keyd.allowed(acme, bob, "export")) == (False, True)
