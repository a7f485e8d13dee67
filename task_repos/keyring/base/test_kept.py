"""README, Kept decisions: asking again takes no store reads, and changes elsewhere leave it so."""

WEEK = 7 * 86_400


def test_asking_again_takes_no_reads(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    bob, kim = keyd.person(acme), keyd.person(globex, acme)
    keyd.grant(acme, bob)
    for person in (bob, kim, "nobody-" + keyd.mark):
        for verb in ("read", "export"):
            assert keyd.reads(acme, person, verb) > 0
            assert keyd.kept(acme, person, verb) and keyd.kept(acme, person, verb)


def test_for_a_week(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob)
    assert keyd.allowed(acme, bob)
    keyd.at(WEEK - 1)
    assert keyd.kept(acme, bob)
    keyd.at(WEEK)
    assert not keyd.kept(acme, bob)
    assert keyd.kept(acme, bob)


def test_others_in_the_tenant_stay_kept(keyd):
    acme = keyd.tenant()
    bob, eve = keyd.person(acme), keyd.person(acme)
    crew = keyd.group(acme, bob)
    keyd.check(acme, eve)
    grant = keyd.grant(acme, bob)
    keyd.grant(acme, crew)
    keyd.revoke(acme, grant)
    keyd.later("DELETE", f"{keyd.path_of(crew)}/members/{bob}")
    keyd.later("POST", f"/tenants/{acme}/principals/{bob}/disable")
    assert keyd.kept(acme, eve)


def test_other_tenants_stay_kept(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    bob, kim = keyd.person(acme), keyd.person(globex)
    keyd.check(globex, kim)
    grant = keyd.grant(acme, bob)
    keyd.role(acme, "reader", "reports:edit")
    keyd.revoke(acme, grant)
    crew = keyd.group(acme, bob)
    keyd.later("DELETE", keyd.path_of(crew))
    assert keyd.kept(globex, kim)
