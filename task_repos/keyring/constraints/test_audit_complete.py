"""Rule: every change and every export or delete check is one entry, with its actor, for ever."""


def test_every_change_is_one_entry(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex, acme)
    crew = keyd.group(globex, kim, share=[acme])
    grant = keyd.grant(acme, crew)
    keyd.grant(acme, kim)
    keyd.revoke(acme, grant)
    early = keyd.audit(acme)
    for _ in range(2):  # what is so already is no entry
        keyd.later("PUT", f"/tenants/{acme}/guests/{kim}")
        keyd.later("PUT", f"{keyd.path_of(crew)}/members/{kim}")
        keyd.later("PUT", f"{keyd.path_of(crew)}/shares/{acme}")
        keyd.later("POST", f"/tenants/{globex}/principals/{kim}/disable")
    keyd.later("DELETE", f"{keyd.path_of(crew)}/shares/{acme}")
    keyd.later("DELETE", keyd.path_of(crew))
    keyd.later("DELETE", f"/tenants/{acme}/guests/{kim}")
    entries = keyd.audit(acme)
    assert entries[:len(early)] == early
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert {entry["actor"] for entry in entries} == {"ann"}
    assert {entry["at"] for entry in entries} == {keyd.t0}
    assert [entry["kind"] for entry in entries] == [
        "tenant.created", "role.set", "role.set", "guest.invited", "grant.made", "grant.made",
        "grant.revoked", "guest.removed",
    ]
    assert [entry["kind"] for entry in keyd.audit(globex)][3:] == [
        "principal.added", "group.created", "member.added", "group.shared", "principal.disabled",
        "group.unshared", "group.deleted",
    ]
    detail = entries[6]["detail"]
    assert (detail["grant"], detail["subject"]) == (grant["id"], f"group:{crew}")


def test_every_audited_check_is_one_entry_kept_or_not(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    bob, kim = keyd.person(acme), keyd.person(globex, acme)
    grant = keyd.grant(acme, bob)
    pairs = [
        (person, verb) for person in (bob, kim, "nobody-" + keyd.mark)
        for verb in ("export", "read", "delete", "export")
    ]
    told = keyd.decisions(*((acme, *pair) for pair in pairs))
    asked = [(*pair, decision) for pair, decision in zip(pairs, told)]
    keyd.revoke(acme, grant)
    asked.append((bob, "export", keyd.check(acme, bob, "export")))
    entries = keyd.audit(acme, "?kind=check.answered")
    told = [entry["detail"] for entry in entries]
    wanted = [
        {
            "principal": person, "permission": f"reports:{verb}", "resource": "reports/2024",
            **decision,
        }
        for person, verb, decision in asked if verb != "read"
    ]
    assert [{key: detail[key] for key in wanted[0]} for detail in told] == wanted
    assert {entry["actor"] for entry in entries} == {"ann"}


def test_what_is_refused_is_no_entry(keyd):
    acme, globex = keyd.tenant(), keyd.tenant()
    kim = keyd.person(globex)
    before = keyd.audit(acme)
    body = {"subject": f"principal:{kim}", "role": "analyst", "resource": "reports"}
    keyd.refused(404, "unknown_principal", "POST", f"/tenants/{acme}/grants", body)
    keyd.refused(404, "unknown_grant", "DELETE", f"/tenants/{acme}/grants/9")
    assert keyd.audit(acme) == before
    assert keyd.audit(acme, f"?after={len(before) - 1}") == before[-1:]
