"""A desk at the billing office: every test has accounts of its own, and sets the one clock itself."""

import json
from datetime import date, timedelta

import pytest

_plans = set()  # codes that are there: a plan has no state that a test looks at


class Desk:
    """One test's view of the service. Runs are limited to an account unless a test says otherwise."""

    def __init__(self, subject):
        self.subject = subject
        self.rate = {}

    # -- requests

    def call(self, method, path, body=None):
        """The answer, whatever it is: `status`, `headers`, `json()`, `text`."""
        return self.subject.http(method, path, json=body)

    def ok(self, method, path, body=None):
        """The answer's JSON; the request must succeed."""
        answer = self.call(method, path, body)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()

    def refused(self, status, code, method, path, body=None):
        """The error object; the request must be refused with this status and code."""
        answer = self.call(method, path, body)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.text}"
        error = answer.json()["error"]
        assert (error["code"], bool(error["message"])) == (code, True)
        return error

    def at(self, when):
        """Stop the clock at an instant, or at noon (UTC) of a day."""
        self.ok("POST", "/clock", {"now": when if "T" in when else f"{when}T12:00:00Z"})

    # -- making things

    def plan(self, price_cents=3100, months=1, name="Basic"):
        code = f"{name}-{price_cents}-{months}".lower()
        if code not in _plans:
            self.ok("PUT", f"/plans/{code}", {"name": name, "price_cents": price_cents, "months": months})
            _plans.add(code)
        return code

    def account(self, zone="Europe/Lisbon", tax_bp=0, **fields):
        return self.ok("POST", "/accounts", {"name": "Ana", "zone": zone, "tax_bp": tax_bp, **fields})["id"]

    def subscribe(self, started_on, zone="Europe/Lisbon", price_cents=3100, months=1, quantity=1, tax_bp=0, account=None):
        """A new subscription (its JSON), by default of a new account in Lisbon for 31.00 a month."""
        account = account or self.account(zone, tax_bp)
        body = {"account": account, "plan": self.plan(price_cents, months), "quantity": quantity}
        return self.ok("POST", "/subscriptions", {**body, "started_on": started_on})

    # -- using them

    def run(self, subscription, when=None):
        """The documents that a run makes for the subscription's account."""
        if when:
            self.at(when)
        return self.ok("POST", "/run", {"account": subscription["account"]})["documents"]

    def get(self, subscription):
        return self.ok("GET", f"/subscriptions/{subscription['id']}")

    def cancel(self, subscription, when=None):
        """The credit notes of cancelling now, or at `when`."""
        if when:
            self.at(when)
        return self.ok("POST", f"/subscriptions/{subscription['id']}/cancel")["credits"]

    def change(self, subscription, when=None, quantity=None, **plan):
        """The document (or None) of changing to a plan of this price."""
        if when:
            self.at(when)
        body = {"plan": self.plan(**plan), **({"quantity": quantity} if quantity else {})}
        return self.ok("POST", f"/subscriptions/{subscription['id']}/change", body)["document"]

    def balance(self, subscription):
        return self.ok("GET", f"/accounts/{subscription['account']}/statement")["balance_cents"]

    # -- reading documents

    @staticmethod
    def spans(documents):
        """What the lines are for: "first day .. last day"."""
        return [f"{line['from']} .. {line['to']}" for document in documents for line in document["lines"]]

    @staticmethod
    def nets(document):
        return [line["net_cents"] for line in document["lines"]]

    @staticmethod
    def days(documents):
        """Every day of every line, in their order."""
        found = []
        for document in documents:
            for line in document["lines"]:
                first, last = date.fromisoformat(line["from"]), date.fromisoformat(line["to"])
                assert first <= last, line
                found += [(first + timedelta(n)).isoformat() for n in range((last - first).days + 1)]
        return found


def ask_all(subject, requests, store=None, *options):
    """The answers of `ask` to requests (method, path) or (method, path, body), on a store or an empty one."""
    names = ("method", "path", "body")
    lines = [json.dumps(dict(zip(names, request, strict=False))) for request in requests]
    given = ["--store", "{files}/store.json"] if store else []
    done = subject.cli(
        ["ask", *given, *options], stdin="\n".join(lines) + "\n", files={"store.json": store} if store else {}
    )
    assert done.code == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(requests)
    return answers


@pytest.fixture
def desk(subject):
    return Desk(subject)


@pytest.fixture(scope="session")
def ask(subject):
    """`ask(requests, store)`: the bodies of successful answers, on a copy of a store."""

    def bodies(requests, store=None, *options):
        answers = ask_all(subject, requests, store, *options)
        assert [answer["status"] for answer in answers if answer["status"] >= 300] == [], answers
        return [answer["body"] for answer in answers]

    return bodies


@pytest.fixture(scope="session")
def old_store():
    """A store that release 2.3.1 wrote; it must not be made again with later code.

    31.00 a month each, tax 23 %. Account 1: Lisbon, from 31 December 2025, invoiced to 27 March 2026 (moved off the 31st).
    2: Lisbon, from 1 February 2026, March invoiced as 1 March .. 1 April. 3: UTC, from 31 January, all as it should be.
    4: Lisbon, from 1 March, March as 1 March .. 1 April and April as 1 .. 30 April. 5: Lisbon, from 1 October 2025,
    October invoiced rightly, but the next period is kept as the hour before 1 November.
    """
    return OLD_STORE


OLD_STORE = """\
{
 "schema": 3,
 "next": {"account": 6, "subscription": 6, "invoice": 11, "credit": 1},
 "accounts": {
  "1": {"id": "1", "name": "Ana", "email": "ana@example.org", "zone": "Europe/Lisbon", "tax_bp": 2300, "iban": "PT50000201231234567890154"},
  "2": {"id": "2", "name": "Bia", "email": "bia@example.org", "zone": "Europe/Lisbon", "tax_bp": 2300, "iban": null},
  "3": {"id": "3", "name": "Carl", "email": "carl@example.org", "zone": null, "tax_bp": 2300, "iban": null},
  "4": {"id": "4", "name": "Duarte", "email": "duarte@example.org", "zone": "Europe/Lisbon", "tax_bp": 2300, "iban": null},
  "5": {"id": "5", "name": "Eva", "email": "eva@example.org", "zone": "Europe/Lisbon", "tax_bp": 2300, "iban": null}
 },
 "plans": {
  "basic": {"code": "basic", "name": "Basic", "price_cents": 3100, "months": 1}
 },
 "subscriptions": {
  "1": {"id": "1", "account": "1", "plan": "basic", "quantity": 1, "started_on": "2025-12-31", "status": "active", "cancelled_on": null, "next_at": 1774656000000},
  "2": {"id": "2", "account": "2", "plan": "basic", "quantity": 1, "started_on": "2026-02-01", "status": "active", "cancelled_on": null, "next_at": 1775001600000},
  "3": {"id": "3", "account": "3", "plan": "basic", "quantity": 1, "started_on": "2026-01-31", "status": "active", "cancelled_on": null, "next_at": 1774915200000},
  "4": {"id": "4", "account": "4", "plan": "basic", "quantity": 1, "started_on": "2026-03-01", "status": "active", "cancelled_on": null, "next_at": 1777590000000},
  "5": {"id": "5", "account": "5", "plan": "basic", "quantity": 1, "started_on": "2025-10-01", "status": "active", "cancelled_on": null, "next_at": 1761951600000}
 },
 "documents": [
  {"number": "R-000001", "kind": "invoice", "account": "5", "subscription": "5", "refers_to": null, "issued_at": "2025-09-27T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2025-10-01", "to": "2025-10-31", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000002", "kind": "invoice", "account": "1", "subscription": "1", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2025-12-31", "to": "2026-01-30", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000003", "kind": "invoice", "account": "1", "subscription": "1", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-01-31", "to": "2026-02-27", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000004", "kind": "invoice", "account": "1", "subscription": "1", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-02-28", "to": "2026-03-27", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000005", "kind": "invoice", "account": "2", "subscription": "2", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-02-01", "to": "2026-02-28", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000006", "kind": "invoice", "account": "2", "subscription": "2", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-03-01", "to": "2026-04-01", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000007", "kind": "invoice", "account": "3", "subscription": "3", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-01-31", "to": "2026-02-27", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000008", "kind": "invoice", "account": "3", "subscription": "3", "refers_to": null, "issued_at": "2026-02-25T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-02-28", "to": "2026-03-30", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000009", "kind": "invoice", "account": "4", "subscription": "4", "refers_to": null, "issued_at": "2026-03-28T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-03-01", "to": "2026-04-01", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813},
  {"number": "R-000010", "kind": "invoice", "account": "4", "subscription": "4", "refers_to": null, "issued_at": "2026-03-28T12:00:00Z", "lines": [{"text": "Basic x 1", "from": "2026-04-01", "to": "2026-04-30", "net_cents": 3100, "tax_bp": 2300}], "taxes": [{"tax_bp": 2300, "net_cents": 3100, "tax_cents": 713}], "net_cents": 3100, "tax_cents": 713, "total_cents": 3813}
 ],
 "outbox": [
  {"to": "eva@example.org", "subject": "Invoice R-000001", "body": "Dear Eva, please find R-000001 over 38.13.", "sent_at": null}
 ]
}
"""
