"""README, Decisions, Permissions, Resources: what is allowed when nothing changes."""


def test_denied_unless_granted(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    assert keyd.check(acme, bob) == {"allowed": False, "reason": "no_grant", "grant": None}
    assert keyd.check(acme, "nobody-" + keyd.mark) == {
        "allowed": False, "reason": "unknown_principal", "grant": None,
    }


def test_a_path_covers_what_is_below_it(keyd):
    acme = keyd.tenant()
    bob, eve = keyd.person(acme), keyd.person(acme)
    keyd.grant(acme, bob, resource="reports/2024")
    keyd.grant(acme, eve, resource="*")
    asked = ("reports/2024", "reports/2024/q1/eu", "reports/2024b", "reports", "reports/2023")
    told = keyd.decisions(*((acme, who, "read", r) for who in (bob, eve) for r in asked))
    assert [d["allowed"] for d in told] == [True, True, False, False, False] + [True] * 5


def test_patterns_of_permissions(keyd):
    acme = keyd.tenant()
    keyd.role(acme, "all", "*")
    bob, eve, zoe = keyd.person(acme), keyd.person(acme), keyd.person(acme)
    keyd.grant(acme, bob, "reader")
    keyd.grant(acme, eve, "analyst")
    keyd.grant(acme, zoe, "all")
    asked = [(acme, person, verb) for person in (bob, eve, zoe) for verb in ("read", "edit")]
    told = [decision["allowed"] for decision in keyd.decisions(*asked)]
    assert told == [True, False, True, True, True, True]
    body = {"principal": eve, "permission": "reportsx:read", "resource": "reports"}
    assert keyd.ok("POST", f"/tenants/{acme}/check", body)["allowed"] is False
    body["principal"] = zoe
    assert keyd.ok("POST", f"/tenants/{acme}/check", body)["allowed"] is True


def test_the_lowest_grant_that_matches(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    crew = keyd.group(acme, bob)
    keyd.grant(acme, bob, resource="reports/2023")
    second = keyd.grant(acme, crew)
    keyd.grant(acme, bob)
    assert keyd.check(acme, bob) == {"allowed": True, "reason": "granted", "grant": second["id"]}


def test_guests_and_shared_groups(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim, lee = keyd.person(globex, acme), keyd.person(globex)
    crew = keyd.group(globex, lee, share=[acme])
    keyd.grant(acme, kim)
    keyd.grant(acme, crew)
    assert keyd.allowed(acme, kim) and keyd.allowed(acme, lee)
    assert keyd.check(globex, kim)["reason"] == keyd.check(globex, lee)["reason"] == "no_grant"


def test_access_lists_the_grants_that_reach_someone(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    crew = keyd.group(globex, kim, share=[acme])
    grants = [keyd.grant(acme, crew), keyd.grant(acme, kim, "reader", "*")]
    keyd.grant(acme, keyd.person(acme))
    assert keyd.get(f"/tenants/{acme}/access/{kim}")["grants"] == grants
    assert keyd.get(f"/tenants/{globex}/access/{kim}")["grants"] == []
