"""The report: one file knows the calendar, one asks the machine for the time, and everybody else is told."""

import re

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`""", re.DOTALL)
MACHINE = re.compile(r"\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|[^\s(])|(?<!new )\bDate\s*\(|\b(performance|hrtime|process)\b")


def code(subject):
    """Path -> the text of src without comments and plain strings (templates may hold code)."""
    def kept(match):
        return match[0] if match[0][0] == "`" else " "

    found = {path: TOKEN.sub(kept, text) for path, text in subject.files().items()
             if path.startswith("src/") and path.endswith(("js", "ts"))}
    assert "src/calendar.mjs" in found and "src/clock.mjs" in found
    return found


def test_the_calendar_needs_nothing_and_asks_nobody(subject):
    calendar = code(subject)["src/calendar.mjs"]
    assert not re.search(r"\bimport\b|\brequire\b|\bglobalThis\b", calendar)
    assert not MACHINE.search(calendar)


def test_nobody_else_knows_dates(subject):
    others = {path: text for path, text in code(subject).items() if path not in ("src/calendar.mjs", "src/clock.mjs")}
    found = {path: re.findall(r"\b(?:Date|Intl|performance|hrtime)\b", text) for path, text in others.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_stopped_clock_from_the_start(ask):
    answers = ask([
        ("GET", "/clock"), ("PUT", "/plans/p", {"name": "P", "price_cents": 3100}),
        ("POST", "/accounts", {"name": "Ana", "zone": "Europe/Lisbon"}),
        ("POST", "/subscriptions", {"account": "1", "plan": "p"}), ("POST", "/run"), ("POST", "/outbox/flush"), ("GET", "/outbox"),
        ("POST", "/clock", {"now": "2031-04-02T00:00:00Z"}), ("POST", "/subscriptions/1/cancel"),
    ], None, "--now", "2031-03-31T23:30:00Z")
    assert answers[0] == {"now": "2031-03-31T23:30:00Z", "stopped": True}
    assert answers[3]["started_on"] == "2031-04-01"
    assert answers[4]["documents"][0]["issued_at"] == "2031-03-31T23:30:00Z"
    assert answers[6]["mails"][0]["sent_at"] == "2031-03-31T23:30:00Z"
    assert answers[8]["subscription"]["cancelled_on"] == "2031-04-02"


def test_what_is_no_instant_is_refused(subject):
    done = subject.cli(["ask", "--now", "yesterday"], stdin="")
    assert done.code == 2
    assert done.stderr


def test_mails_are_sent_at_the_clocks_time(desk):
    email = f"clock-{desk.account()}@example.org"
    sub = desk.subscribe("2026-03-01", account=desk.account(email=email))
    desk.run(sub, "2026-03-01")
    desk.at("2026-03-02T08:00:00Z")
    desk.ok("POST", "/outbox/flush")
    (mail,) = desk.ok("GET", f"/outbox?to={email}")["mails"]
    assert mail["sent_at"] == "2026-03-02T08:00:00Z"
