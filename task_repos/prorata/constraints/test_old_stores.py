"""Rule: what releases before have stored goes on working."""

import json


def test_what_was_right_goes_on(ask, old_store):
    answers = ask([
        ("POST", "/clock", {"now": "2026-03-30T12:00:00Z"}),
        ("GET", "/accounts/3/statement"),
        ("GET", "/subscriptions/3"),
        ("POST", "/run", {"account": "3"}),
        ("POST", "/subscriptions/3/cancel"),
        ("GET", "/outbox"),
        ("GET", "/accounts/1"),
    ], old_store)
    _, statement, subscription, run, cancelled, outbox, account = answers
    assert statement["balance_cents"] == 2 * (3100 + 713)
    assert (subscription["started_on"], subscription["next_period_on"]) == ("2026-01-31", "2026-03-31")
    assert [(line["from"], line["to"]) for line in run["documents"][0]["lines"]] == [("2026-03-31", "2026-04-29")]
    assert run["documents"][0]["number"] == "R-000011"
    assert [credit["number"] for credit in cancelled["credits"]] == ["G-000001"]
    assert [credit["net_cents"] for credit in cancelled["credits"]] == [-3100]
    assert (len(outbox["mails"]), account["iban_end"]) == (3, "0154")


def test_a_store_of_schema_1(ask):
    store = {
        "schema": 1, "next": {"account": 2, "subscription": 2, "invoice": 8, "credit": 1},
        "accounts": {"1": {"id": "1", "name": "Old", "email": "old@example.org", "tax_percent": 23, "iban": None}},
        "plans": {"basic": {"code": "basic", "name": "Basic", "price_cents": 1000, "months": 1}},
        "subscriptions": {"1": {
            "id": "1", "account": "1", "plan": "basic", "quantity": 1, "started_on": "2025-12-31", "status": "active",
            "cancelled_on": None, "next_on": "2026-02-28",
        }},
        "documents": [], "outbox": [],
    }
    _, account, run = ask([
        ("POST", "/clock", {"now": "2026-03-01T12:00:00Z"}), ("GET", "/accounts/1"), ("POST", "/run"),
    ], json.dumps(store))
    assert (account["tax_bp"], account["zone"]) == (2300, None)
    (invoice,) = run["documents"]
    assert (invoice["number"], invoice["total_cents"]) == ("R-000008", 1230)
    assert (invoice["lines"][0]["from"], invoice["lines"][0]["to"]) == ("2026-02-28", "2026-03-30")


def test_a_restart_keeps_everything(desk):
    sub = desk.subscribe("2026-01-31", zone=None)
    documents = desk.run(sub, "2026-01-31")
    desk.subject.restart()
    statement = desk.ok("GET", f"/accounts/{sub['account']}/statement")
    assert statement["documents"] == documents
    assert desk.spans(desk.run(sub, "2026-02-25")) == ["2026-02-28 .. 2026-03-30"]
