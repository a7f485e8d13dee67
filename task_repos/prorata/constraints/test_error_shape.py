"""Rule: an error is {"error": {"code", "message"}} with a 4xx; nothing a client sends is a 500."""

BAD = [
    ("GET", "/nowhere", None, 404, "not_found"),
    ("GET", "//", None, 404, "not_found"),
    ("GET", "/plans/%E0%A4%A", None, 404, "not_found"),
    ("DELETE", "/clock", None, 405, "method_not_allowed"),
    ("POST", "/accounts", None, 400, "invalid"),
    ("POST", "/accounts", [], 400, "invalid"),
    ("POST", "/accounts", {"name": 5}, 400, "invalid"),
    ("POST", "/accounts", {"name": "Ana", "zone": "Europe/Atlantis"}, 400, "invalid"),
    ("POST", "/accounts", {"name": "Ana", "zone": "+01:00"}, 400, "invalid"),
    ("POST", "/accounts", {"name": "Ana", "tax_bp": 12.5}, 400, "invalid"),
    ("POST", "/accounts", {"name": "Ana", "iban": "1234"}, 400, "invalid"),
    ("GET", "/accounts/constructor", None, 404, "unknown_account"),
    ("GET", "/documents/R-999999", None, 404, "unknown_document"),
    ("GET", "/plans/__proto__", None, 404, "unknown_plan"),
    ("PUT", "/plans/x", {"name": "X", "price_cents": 10**30}, 400, "invalid"),
    ("PUT", "/plans/x", {"name": "X", "price_cents": True}, 400, "invalid"),
    ("PUT", "/plans/x", {"name": "X", "price_cents": 1, "months": 0}, 400, "invalid"),
    ("POST", "/subscriptions", {"account": "none", "plan": "x"}, 404, "unknown_account"),
    ("POST", "/subscriptions/0/cancel", None, 404, "unknown_subscription"),
    ("POST", "/run", {"account": "none"}, 404, "unknown_account"),
    ("POST", "/run", {"account": 5}, 400, "invalid"),
    ("POST", "/clock", {"now": "noon"}, 400, "invalid"),
    ("POST", "/clock", {"now": "2026-02-30T25:00:00Z"}, 400, "invalid"),
    ("POST", "/clock", {}, 400, "invalid"),
]


def test_what_clients_get_wrong(desk):
    for method, path, body, status, code in BAD:
        desk.refused(status, code, method, path, body)


def test_dates(desk):
    account, plan = desk.account(), desk.plan()
    for day in ("2026-02-30", "2026-2-1", "20260201", 5, "1999-12-31", "9999-01-01"):
        desk.refused(400, "invalid", "POST", "/subscriptions", {"account": account, "plan": plan, "started_on": day})
    body = {"account": account, "plan": plan, "quantity": 0}
    desk.refused(400, "invalid", "POST", "/subscriptions", body)


def test_not_json(subject):
    answer = subject.http("POST", "/accounts", data="{", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid")
