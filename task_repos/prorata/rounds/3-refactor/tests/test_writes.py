"""The report: a run, and a flush of the outbox, write the store once, however much there is."""


def writes(answer):
    assert answer.status == 200, answer.text
    return int(answer.headers["x-store-writes"])


def test_a_run(desk):
    account = desk.account()
    subs = [desk.subscribe("2026-01-01", account=account) for _ in range(4)]
    desk.at("2026-03-28")
    assert writes(desk.call("POST", "/run", {"account": account})) == 1
    assert writes(desk.call("POST", "/run", {"account": account})) == 0
    documents = desk.ok("GET", f"/accounts/{account}/statement")["documents"]
    assert [document["subscription"] for document in documents] == [sub["id"] for sub in subs for _ in range(4)]


def test_a_flush(desk):
    sub = desk.subscribe("2026-01-01")
    desk.call("POST", "/outbox/flush")
    desk.run(sub, "2026-03-28")
    flushed = desk.call("POST", "/outbox/flush")
    assert (writes(flushed), flushed.json()) == (1, {"sent": 4})
    assert writes(desk.call("POST", "/outbox/flush")) == 0


def test_a_flush_that_stops_half_way(ask):
    people = [("POST", "/accounts", {"name": "Ana", "email": email})
              for email in ("a@example.org", "b@nowhere.invalid", "c@example.org")]
    subs = [("POST", "/subscriptions", {"account": n, "plan": "p", "started_on": "2026-01-01"}) for n in "123"]
    *_, flushed, outbox = ask([
        ("POST", "/clock", {"now": "2026-01-01T12:00:00Z"}), ("PUT", "/plans/p", {"name": "P", "price_cents": 5}),
        *people, *subs, ("POST", "/run"), ("POST", "/outbox/flush"), ("GET", "/outbox"),
    ])
    assert (flushed["sent"], bool(flushed["stopped_by"])) == (1, True)
    assert [bool(mail["sent_at"]) for mail in outbox["mails"]] == [True, False, False]


def test_other_requests_write_as_before(desk):
    sub = desk.subscribe("2026-01-01")
    desk.run(sub, "2026-01-01")
    assert writes(desk.call("GET", f"/subscriptions/{sub['id']}")) == 0
    assert writes(desk.call("POST", f"/subscriptions/{sub['id']}/cancel")) == 1
