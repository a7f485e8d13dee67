"""The report: a check that is not kept takes no more reads for more groups, roles and grants."""


def crowded(keyd, times):
    """(reads of a check, of access) for a guest in `times` groups of each kind, none of them kept."""
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    for number in range(times):
        role = keyd.name("role")
        keyd.role(acme, role, "reports:read")
        house = keyd.group(acme, kim)
        crew = keyd.group(globex, kim, share=[acme])
        keyd.group(globex, kim)
        for whom in (kim, house, crew):
            for effect in ("allow", "deny"):
                body = {
                    "subject": f"group:{whom}" if "/" in whom else f"principal:{whom}",
                    "role": role, "resource": f"reports/{number}", "effect": effect,
                    "ends_at": keyd.t0 + 100 + number,
                }
                keyd.later("POST", f"/tenants/{acme}/grants", body)
    keyd.flush()
    asked = [
        keyd.reads(acme, kim), keyd.reads(acme, kim, "read", "reports/0/a/b/c"),
        keyd.reads(globex, kim),
    ]
    access = keyd.call("GET", f"/tenants/{acme}/access/{kim}")
    assert len(access.json()["grants"]) == 6 * times
    return [*asked, int(access.headers["x-store-reads"])]


def test_they_do_not_grow(keyd):
    few, many = crowded(keyd, 1), crowded(keyd, 7)
    assert min(few) > 0
    assert [more <= less for less, more in zip(few, many, strict=True)] == [True] * 4, (few, many)


def test_kept_ones_take_none(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    crew = keyd.group(acme, bob)
    keyd.grant(acme, crew, ends_at=100)
    assert keyd.allowed(acme, bob)
    keyd.at(99)
    assert keyd.kept(acme, bob)
    keyd.at(100)
    assert not keyd.allowed(acme, bob)
