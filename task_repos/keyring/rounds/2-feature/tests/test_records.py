"""README, Planned: what grants, lists, the audit and the library show of it."""


def test_the_fields_of_a_grant(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    plain = keyd.grant(acme, bob)
    assert [plain[key] for key in ("effect", "starts_at", "ends_at", "state")] == [
        "allow", None, None, "active",
    ]
    boxed = keyd.grant(acme, bob, effect="deny", starts_at=10, ends_at=20)
    assert [boxed[key] for key in ("effect", "starts_at", "ends_at", "state")] == [
        "deny", keyd.t0 + 10, keyd.t0 + 20, "pending",
    ]
    for second, state in ((9, "pending"), (10, "active"), (19, "active"), (20, "ended")):
        keyd.at(second)
        assert keyd.get(f"/tenants/{acme}/grants/{boxed['id']}")["state"] == state
        assert keyd.get(f"/tenants/{acme}/grants")["grants"] == [plain, {**boxed, "state": state}]


def test_access_is_what_is_active(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    crew = keyd.group(acme, bob)
    keyd.grant(acme, bob, ends_at=10)
    keyd.grant(acme, crew, effect="deny", starts_at=10)
    keyd.grant(acme, bob, "reader")
    seen = []
    for second in (9, 10):
        keyd.at(second)
        listed = keyd.get(f"/tenants/{acme}/access/{bob}")["grants"]
        seen.append([(grant["id"], grant["effect"]) for grant in listed])
    assert seen == [[(1, "allow"), (3, "allow")], [(2, "deny"), (3, "allow")]]


def test_the_audit_has_the_terms_and_no_endings(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    keyd.grant(acme, bob, effect="deny", starts_at=10, ends_at=20)
    keyd.grant(acme, bob)
    for second in (10, 20):
        keyd.at(second)
        keyd.check(acme, bob)
    made = [entry for entry in keyd.audit(acme) if entry["kind"].startswith("grant")]
    assert [
        [entry["detail"][key] for key in ("effect", "starts_at", "ends_at")] for entry in made
    ] == [["deny", keyd.t0 + 10, keyd.t0 + 20], ["allow", None, None]]


def test_grants_from_before(replay, old_log):
    grants, moved, check = replay([
        ("GET", "/tenants/acme/grants"),
        ("PATCH", "/tenants/acme/grants/1", {"ends_at": 1_700_000_000}),
        ("POST", "/tenants/acme/check", {
            "principal": "kim", "permission": "reports:read", "resource": "reports",
        }),
    ], old_log)
    assert [(g["effect"], g["starts_at"], g["ends_at"], g["state"])
            for g in grants.json()["grants"]] == [("allow", None, None, "active")] * 2
    assert moved.json()["state"] == "ended"
    assert check.json()["reason"] == "no_grant"
