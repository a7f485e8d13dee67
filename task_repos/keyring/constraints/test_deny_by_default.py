"""Rule: whatever is unclear is denied."""


def test_strangers_and_near_misses(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    bob, kim, lee = keyd.person(acme), keyd.person(globex), keyd.person(globex)
    crew = keyd.group(globex, lee)
    keyd.grant(acme, bob, "reader", "reports/2024")
    keyd.grant(globex, kim, resource="*")
    keyd.grant(globex, crew, resource="*")
    asked = (
        (acme, bob, "edit", "reports/2024"), (acme, bob, "read", "reports"),
        (acme, bob, "read", "reports/20245"), (acme, bob, "read", "2024"),
        (acme, kim, "read", "reports/2024"), (acme, lee, "read", "reports/2024"),
        (globex, bob, "read", "reports/2024"), (acme, keyd.name("none"), "read", "reports/2024"),
    )
    assert [decision["allowed"] for decision in keyd.decisions(*asked)] == [False] * len(asked)


def test_odd_questions_are_refused(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.role(acme, "all", "*")
    keyd.grant(acme, bob, "all", "*")
    good = {"principal": bob, "permission": "reports:read", "resource": "reports"}
    assert keyd.ok("POST", f"/tenants/{acme}/check", good)["allowed"] is True
    odd = {
        "principal": (None, "", "*", [bob], f"{bob} ", bob.upper()),
        "permission": (None, "", "*", "reports:*", "reports", ["reports:read"]),
        "resource": (None, "", "*", "/reports", "reports/../x", "reports//x", ["reports"]),
    }
    keyd.all_refused(*(
        (400, "invalid", "POST", f"/tenants/{acme}/check", {**good, key: value})
        for key, values in odd.items() for value in values
    ))
    body = {**good, "principal": bob}
    keyd.refused(404, "unknown_tenant", "POST", f"/tenants/{keyd.name('none')}/check", body)


def test_a_role_without_permissions(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.role(acme, "nothing")
    keyd.grant(acme, bob, "nothing", "*")
    assert keyd.check(acme, bob)["reason"] == "no_grant"
