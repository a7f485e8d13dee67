"""Rule: what exists in another tenant is answered like what exists nowhere."""


def same(keyd, there, nowhere, method, path, body=None):
    """Both names get the same answer but for the name itself."""
    names = (there, nowhere)
    answers = keyd.calls(*(
        (method, path.format(name), body and {k: v.format(name) for k, v in body.items()})
        for name in names
    ))
    assert [answer.status for answer in answers] == [404, 404], answers
    one, other = (a.text.replace(str(name), "NAME") for a, name in zip(answers, names))
    assert one == other


def test_in_errors(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    crew = keyd.group(globex, kim)
    keyd.role(globex, "owner", "*")
    grants = [keyd.grant(globex, kim) for _ in range(3)]
    home, nobody = f"/tenants/{acme}", keyd.name("none")
    to = {"subject": "principal:{}", "role": "analyst", "resource": "reports"}
    same(keyd, kim, nobody, "POST", f"{home}/grants", to)
    same(keyd, kim, nobody, "POST", f"{home}/principals/{{}}/disable")
    same(keyd, kim, nobody, "DELETE", f"{home}/guests/{{}}")
    to["subject"] = "group:{}"
    same(keyd, crew, f"{globex}/none", "POST", f"{home}/grants", to)
    same(keyd, crew, f"{nobody}/none", "POST", f"{home}/grants", to)
    same(keyd, crew.partition("/")[2], nobody, "GET", f"{home}/groups/{{}}")
    same(keyd, grants[2]["id"], 99, "DELETE", f"{home}/grants/{{}}")
    same(keyd, grants[2]["id"], 99, "GET", f"{home}/grants/{{}}")
    same(keyd, "owner", nobody, "GET", f"{home}/roles/{{}}")
    assert keyd.get(f"/tenants/{globex}/grants")["grants"] == grants


def test_in_answers(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    keyd.grant(globex, kim)
    nobody = keyd.name("none")
    assert keyd.check(acme, kim) == keyd.check(acme, nobody)
    assert keyd.get(f"/tenants/{acme}/access/{kim}") == keyd.get(f"/tenants/{acme}/access/{nobody}")
    keyd.later("PUT", f"/tenants/{acme}/guests/{kim}")
    keyd.grant(acme, kim)
    seen = [keyd.call("GET", f"/tenants/{acme}/{what}").text
            for what in ("grants", "principals", "audit", "groups", f"access/{kim}")]
    assert globex not in "".join(seen)
