"""README, Routes: tenants, principals, guests, groups, roles and grants as they are listed."""


def test_tenants_and_people(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    assert keyd.get(f"/tenants/{acme}") == {"id": acme, "name": "A tenant"}
    bob, kim = keyd.person(acme), keyd.person(globex, acme)
    listed = keyd.get(f"/tenants/{acme}/principals")["principals"]
    assert [(person["id"], person["guest"]) for person in listed] == [(bob, False), (kim, True)]
    keyd.refused(409, "tenant_exists", "POST", "/tenants", {"id": acme, "name": "x"})
    body = {"id": bob, "name": "x"}
    keyd.refused(409, "principal_exists", "POST", f"/tenants/{acme}/principals", body)


def test_groups(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    crew = keyd.group(globex, kim, share=[acme])
    path, name = keyd.path_of(crew), crew.partition("/")[2]
    assert keyd.get(path) == {"group": name, "members": [kim], "shared_with": [acme]}
    assert keyd.get(f"/tenants/{acme}/groups") == {"groups": [crew]}
    assert keyd.get(f"/tenants/{globex}/groups") == {"groups": [name]}
    assert keyd.ok("DELETE", f"{path}/shares/{acme}")["shared_with"] == []
    assert keyd.get(f"/tenants/{acme}/groups") == {"groups": []}
    stranger = keyd.person(acme)
    keyd.refused(404, "unknown_principal", "PUT", f"{path}/members/{stranger}")
    keyd.refused(404, "unknown_share", "DELETE", f"{path}/shares/{acme}")
    keyd.refused(404, "unknown_member", "DELETE", f"{path}/members/{stranger}")


def test_grants(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    crew = keyd.group(acme, bob)
    first = keyd.grant(acme, bob, "reader", "reports/2024")
    wanted = {
        "id": 1, "subject": f"principal:{bob}", "role": "reader", "resource": "reports/2024",
        "made_at": keyd.t0, "made_by": "ann",
    }
    assert wanted.items() <= first.items()
    short = {"subject": "group:" + crew.partition("/")[2], "role": "reader", "resource": "*"}
    second = keyd.ok("POST", f"/tenants/{acme}/grants", short)
    assert (second["id"], second["subject"]) == (2, f"group:{crew}")
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == [first, second]
    keyd.revoke(acme, second)
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == [first]
    assert keyd.ok("POST", f"/tenants/{acme}/grants", short)["id"] == 3
    keyd.refused(404, "unknown_grant", "GET", f"/tenants/{acme}/grants/2")
    keyd.refused(404, "unknown_role", "POST", f"/tenants/{acme}/grants", {**short, "role": "no"})


def test_what_ends_with_what(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    crew = keyd.group(globex, kim, share=[acme])
    house = keyd.group(acme, kim)
    keyd.grant(acme, kim)
    keyd.later("DELETE", f"/tenants/{acme}/guests/{kim}")
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == []
    assert keyd.get(keyd.path_of(house))["members"] == []
    keyd.later("PUT", f"/tenants/{acme}/guests/{kim}")
    assert keyd.check(acme, kim)["reason"] == "no_grant"
    keyd.grant(acme, crew)
    keyd.later("DELETE", f"{keyd.path_of(crew)}/shares/{acme}")
    keyd.later("PUT", f"{keyd.path_of(crew)}/shares/{acme}")
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == []


def test_it_is_all_there_after_a_restart(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    crew = keyd.group(globex, kim, share=[acme])
    grant = keyd.grant(acme, crew, resource="reports/2024")
    before = keyd.audit(globex)
    keyd.restart()
    assert keyd.get(f"/tenants/{acme}/grants")["grants"] == [grant]
    assert keyd.audit(globex) == before
    assert keyd.allowed(acme, kim)
