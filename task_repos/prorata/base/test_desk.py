"""README, Routes: accounts, plans, statements, mails."""


def test_an_account_shows_the_end_of_its_iban(desk):
    account = desk.ok("POST", "/accounts", {"name": "Rui", "zone": "Atlantic/Azores", "iban": "PT50000201231234567890154"})
    assert account == desk.ok("GET", f"/accounts/{account['id']}")
    assert (account["iban_end"], account["zone"], account["tax_bp"]) == ("0154", "Atlantic/Azores", 0)
    assert "iban" not in account


def test_plans(desk):
    body = {"name": "Odd", "price_cents": 1, "months": 6}
    code = f"odd-{desk.account()}"
    assert desk.call("PUT", f"/plans/{code}", body).status == 201
    again = desk.call("PUT", f"/plans/{code}", {"name": "Even", "price_cents": 2})
    assert (again.status, again.json()) == (200, {"code": code, "name": "Even", "price_cents": 2, "months": 6})
    assert desk.ok("GET", f"/plans/{code}")["months"] == 6


def test_a_statement_has_all_documents_and_their_sum(desk):
    sub = desk.subscribe("2026-01-01", zone=None, tax_bp=600)
    invoices = desk.run(sub, "2026-02-01")
    credits = desk.cancel(sub, "2026-02-10")
    statement = desk.ok("GET", f"/accounts/{sub['account']}/statement")
    assert statement["documents"] == [*invoices, *credits]
    assert statement["balance_cents"] == sum(document["total_cents"] for document in statement["documents"])
    assert desk.ok("GET", f"/documents/{invoices[0]['number']}") == invoices[0]


def test_a_mail_for_every_document(desk):
    email = f"mail-{desk.account()}@example.org"
    account = desk.account(None, email=email, iban="DE89370400440532013000")
    sub = desk.subscribe("2026-01-01", account=account)
    (invoice,) = desk.run(sub, "2026-01-01")
    (mail,) = desk.ok("GET", f"/outbox?to={email}")["mails"]
    assert (mail["subject"], mail["sent_at"]) == (f"Invoice {invoice['number']}", None)
    assert "31.00" in mail["body"] and "3000" in mail["body"]
    desk.ok("POST", "/outbox/flush")
    (mail,) = desk.ok("GET", f"/outbox?to={email}")["mails"]
    assert mail["sent_at"]
    assert desk.ok("POST", "/outbox/flush") == {"sent": 0}


def test_the_clock(desk):
    desk.at("2031-05-06T07:08:09Z")
    assert desk.ok("GET", "/clock") == {"now": "2031-05-06T07:08:09Z", "stopped": True}
    assert desk.ok("POST", "/clock", {"now": None})["stopped"] is False


def test_a_run_for_everybody(ask):
    people = [("POST", "/accounts", {"name": name}) for name in "ab"]
    subs = [("POST", "/subscriptions", {"account": n, "plan": "p", "started_on": "2026-01-01"}) for n in "12"]
    answers = ask([
        ("POST", "/clock", {"now": "2026-01-30T12:00:00Z"}), ("PUT", "/plans/p", {"name": "P", "price_cents": 5}),
        *people, *subs, ("POST", "/run"), ("POST", "/run", {}), ("GET", "/documents"),
    ])
    assert [document["account"] for document in answers[-3]["documents"]] == ["1", "1", "2", "2"]
    assert answers[-2] == {"documents": []}
    assert answers[-1] == {"numbers": ["R-000001", "R-000002", "R-000003", "R-000004"]}
