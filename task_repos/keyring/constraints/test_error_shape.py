"""Rule: an error is {"error": {"code", "message"}} with a 4xx; nothing a client sends is a 500."""

BAD = [
    ("GET", "/nowhere", None, 404, "not_found"),
    ("DELETE", "/tenants", None, 405, "method_not_allowed"),
    ("POST", "/tenants", None, 400, "invalid"),
    ("POST", "/tenants", [], 400, "invalid"),
    ("POST", "/tenants", {"id": "A", "name": "x"}, 400, "invalid"),
    ("POST", "/tenants", {"id": 5, "name": "x"}, 400, "invalid"),
    ("GET", "/tenants/no-such", None, 404, "unknown_tenant"),
    ("GET", "/tenants/no-such/audit", None, 404, "unknown_tenant"),
    ("PUT", "/tenants/no-such/groups/x", None, 404, "unknown_tenant"),
    ("GET", "/tenants/%F0%9F%98%80/audit", None, 400, "invalid"),
    ("POST", "/debug/clock", {"now": "noon"}, 400, "invalid"),
    ("POST", "/debug/clock", {"now": 10**30}, 400, "invalid"),
]


def test_what_clients_get_wrong(keyd):
    keyd.all_refused(*((status, code, *request) for *request, status, code in BAD))


def test_within_a_tenant(keyd):
    acme = keyd.tenant()
    bob = keyd.person(acme)
    home = f"/tenants/{acme}"
    good = {"subject": f"principal:{bob}", "role": "reader", "resource": "reports"}
    keyd.all_refused(*((400, "invalid", "POST", f"{home}/grants", {**good, **wrong}) for wrong in (
        {"subject": bob}, {"subject": None}, {"subject": "group:"}, {"subject": "group:a/b/c"},
        {"role": None}, {"role": ["reader"]}, {"resource": ""}, {"resource": 7},
        {"resource": "\ud800"}, {"resource": "x" * 5000},
    )))
    odd = (None, {}, {"permissions": "read"}, {"permissions": ["read"]}, {"permissions": [1]})
    keyd.all_refused(*((400, "invalid", "PUT", f"{home}/roles/odd", wrong) for wrong in odd))
    keyd.refused(404, "not_found", "GET", f"{home}/grants/{'9' * 40}")
    keyd.refused(400, "invalid", "GET", f"{home}/audit?after=-1")


def test_the_actor_is_needed(subject, keyd):
    acme = keyd.tenant()
    keyd.flush()
    answer = subject.http("PUT", f"/tenants/{acme}/groups/x")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid")
    assert keyd.get(f"/tenants/{acme}/groups") == {"groups": []}


def test_not_json(subject):
    answer = subject.http("POST", "/tenants", data="{", headers={"X-Actor": "ann"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid")
