"""The report: revoked on Friday, the guest may not export on Monday."""

MONDAY = 2 * 86_400 + 16 * 3600


def test_the_report(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    grant = keyd.grant(acme, kim)
    assert keyd.allowed(acme, kim, "export")
    keyd.revoke(acme, grant)
    keyd.at(MONDAY)
    assert keyd.check(acme, kim, "export") == {
        "allowed": False, "reason": "no_grant", "grant": None,
    }
