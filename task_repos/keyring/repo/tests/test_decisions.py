def test_denied_by_default(client):
    client.tenant("acme", "bob")
    assert client.check("acme", "bob").body == {
        "allowed": False, "reason": "no_grant", "grant": None,
    }
    assert client.check("acme", "who").body["reason"] == "unknown_principal"


def test_a_grant_covers_what_is_below_it(client):
    client.tenant("acme", "bob")
    client.grant("acme", "principal:bob", "reports/2024")
    assert client.allowed("acme", "bob", "reports/2024/q1")
    assert not client.allowed("acme", "bob", "reports/2024b")
    assert not client.allowed("acme", "bob", "reports")


def test_groups_and_shared_groups(client):
    client.tenant("acme")
    client.tenant("globex", "kim")
    client.ok("PUT", "/tenants/globex/groups/crew")
    client.ok("PUT", "/tenants/globex/groups/crew/members/kim")
    client.ok("PUT", "/tenants/globex/groups/crew/shares/acme")
    client.grant("acme", "group:globex/crew")
    assert client.allowed("acme", "kim")
    assert not client.allowed("globex", "kim")


def test_disabled(client):
    client.tenant("acme", "bob")
    client.grant("acme", "principal:bob")
    assert client.allowed("acme", "bob")
    client.ok("POST", "/tenants/acme/principals/bob/disable")
    assert client.check("acme", "bob").body["reason"] == "disabled"


def test_revoked(client):
    client.tenant("acme", "bob")
    grant = client.grant("acme", "principal:bob")
    assert client.allowed("acme", "bob")
    client.ok("DELETE", f"/tenants/acme/grants/{grant}")
    assert not client.allowed("acme", "bob")


def test_the_first_grant_of_a_guest_counts_at_once(client):
    client.tenant("acme")
    client.tenant("globex", "kim")
    client.ok("PUT", "/tenants/acme/guests/kim")
    assert not client.allowed("acme", "kim")
    client.grant("acme", "principal:kim")
    assert client.allowed("acme", "kim")
