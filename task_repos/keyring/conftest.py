"""A driver for keyd: every test has its own tenants and its own stretch of time."""

import collections
import itertools
import json
import uuid
from collections.abc import Mapping

import pytest

MAX_BATCH = 100
DAY = 86_400

_slots = itertools.count()


class Answer:
    """One answer of a batch or a replay, like an answer of its own."""

    def __init__(self, answer):
        self.status = answer["status"]
        self.headers = {name.lower(): value for name, value in answer["headers"].items()}
        self.text = json.dumps(answer["body"])

    def json(self):
        return json.loads(self.text)


class Made(Mapping):
    """A grant that is made in the next batch. Its id is known: they count from 1 in each tenant."""

    def __init__(self, driver, number):
        self.id = number
        self.answer = None
        self._driver = driver

    def __getitem__(self, key):
        return self.id if key == "id" else self._whole()[key]

    def __iter__(self):
        return iter(self._whole())

    def __len__(self):
        return len(self._whole())

    def _whole(self):
        if self.answer is None:
            self._driver.flush()
        return self.answer.json()


class Driver:
    """One test's view of the service. Names are unique, the clock is stopped at `t0`."""

    def __init__(self, subject):
        self.subject = subject
        self.mark = uuid.uuid4().hex[:8]
        self.t0 = 1_700_000_000 + next(_slots) * 10_000_000
        self._count = itertools.count(1)
        self._grants = collections.Counter()
        self._queue = []
        self._made = []
        self.at(0)

    # -- requests

    def later(self, method, path, body=None):
        """Send this in one batch with the next request; it must succeed, its answer is dropped."""
        if len(self._queue) == MAX_BATCH - 1:
            self.flush()
        self._queue.append({"method": method, "path": path, "body": body})

    def flush(self):
        """Send what is queued, if there is something."""
        if self._queue:
            self.call("GET", "/health")

    def call(self, method, path, body=None):
        """The answer, whatever it is: `status`, `headers`, `json()`, `text`."""
        (answer,) = self.calls((method, path, body))
        return answer

    def calls(self, *requests):
        """The answers to (method, path, body) in one batch after what is queued."""
        asked = [dict(zip(("method", "path", "body"), request)) for request in requests]
        if len(self._queue) + len(asked) > MAX_BATCH:
            self.flush()
        early, self._queue = self._queue, []
        made, self._made = self._made, []
        batch = self.subject.http(
            "POST", "/batch", json={"requests": early + asked}, headers={"X-Actor": "ann"}
        )
        assert batch.status == 200, batch.text
        answers = [Answer(answer) for answer in batch.json()["answers"]]
        for sent, answer in zip(early, answers):
            assert answer.status in (200, 201), f"{sent}: {answer.status} {answer.text}"
        for position, grant in made:
            grant.answer = answers[position]
            assert grant.answer.json()["id"] == grant.id
        return answers[len(early):]

    def ok(self, method, path, body=None):
        """The answer's JSON; the request must succeed."""
        answer = self.call(method, path, body)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()

    def get(self, path):
        return self.ok("GET", path)

    def all_refused(self, *wanted):
        """Each a tuple (status, code, method, path, body); all in one batch."""
        for want, answer in zip(wanted, self.calls(*(want[2:] for want in wanted)), strict=True):
            assert answer.status == want[0], f"{want}: {answer.status} {answer.text}"
            error = answer.json()["error"]
            assert (error["code"], bool(error["message"])) == (want[1], True), want

    def refused(self, status, code, method, path, body=None):
        """The error object; the request must be refused with this status and code."""
        answer = self.call(method, path, body)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.text}"
        error = answer.json()["error"]
        assert error["code"] == code
        assert error["message"]
        return error

    # -- the clock

    def at(self, seconds):
        """Stop the clock `seconds` after the start of this test's stretch of time."""
        self.now = self.t0 + seconds
        self.later("POST", "/debug/clock", {"now": self.now})

    def restart(self):
        self.flush()
        self.subject.restart()
        self.later("POST", "/debug/clock", {"now": self.now})

    # -- making things

    def name(self, stem):
        return f"{stem}-{self.mark}-{next(self._count)}"

    def tenant(self):
        """A tenant with the roles `analyst` (all of reports) and `reader` (reports:read)."""
        tenant = self.name("t")
        self.later("POST", "/tenants", {"id": tenant, "name": "A tenant"})
        self.role(tenant, "analyst", "reports:*")
        self.role(tenant, "reader", "reports:read")
        return tenant

    def role(self, tenant, role, *permissions):
        self.later("PUT", f"/tenants/{tenant}/roles/{role}", {"permissions": permissions})

    def person(self, home, *guest_of):
        """Someone at home in one tenant, a guest in others."""
        person = self.name("p")
        self.later("POST", f"/tenants/{home}/principals", {"id": person, "name": "Someone"})
        for tenant in guest_of:
            self.later("PUT", f"/tenants/{tenant}/guests/{person}")
        return person

    def group(self, home, *members, share=()):
        """A group of `home`; returns how other tenants name it."""
        group = self.name("g")
        path = f"/tenants/{home}/groups/{group}"
        self.later("PUT", path)
        for member in members:
            self.later("PUT", f"{path}/members/{member}")
        for tenant in share:
            self.later("PUT", f"{path}/shares/{tenant}")
        return f"{home}/{group}"

    def path_of(self, group):
        home, _, name = group.partition("/")
        return f"/tenants/{home}/groups/{name}"

    def grant(self, tenant, whom, role="analyst", resource="reports", **fields):
        """The grant's JSON; `whom` is a principal, or a group in its long form."""
        subject = f"group:{whom}" if "/" in whom else f"principal:{whom}"
        for end in ("starts_at", "ends_at"):
            if fields.get(end) is not None:
                fields[end] += self.t0
        body = {"subject": subject, "role": role, "resource": resource, **fields}
        self._grants[tenant] += 1
        grant = Made(self, self._grants[tenant])
        self.later("POST", f"/tenants/{tenant}/grants", body)
        self._made.append((len(self._queue) - 1, grant))
        return grant

    def revoke(self, tenant, grant):
        self.later("DELETE", f"/tenants/{tenant}/grants/{grant['id']}")

    def move(self, tenant, grant, **ends):
        """The moved grant; times in seconds of this test, or None."""
        body = {end: at if at is None else self.t0 + at for end, at in ends.items()}
        return self.ok("PATCH", f"/tenants/{tenant}/grants/{grant['id']}", body)

    # -- asking

    def question(self, tenant, principal, verb="read", resource="reports/2024"):
        body = {"principal": principal, "permission": f"reports:{verb}", "resource": resource}
        return ("POST", f"/tenants/{tenant}/check", body)

    def check(self, tenant, principal, verb="read", resource="reports/2024"):
        """The decision."""
        return self.ok(*self.question(tenant, principal, verb, resource))

    def allowed(self, tenant, principal, verb="read", resource="reports/2024"):
        decision = self.check(tenant, principal, verb, resource)
        assert decision["allowed"] is (decision["reason"] == "granted")
        return decision["allowed"]

    def decisions(self, *questions):
        """The decisions for several (tenant, principal[, verb[, resource]]), in one batch."""
        answers = self.calls(*(self.question(*question) for question in questions))
        assert {answer.status for answer in answers} == {200}, answers
        return [answer.json() for answer in answers]

    def walk(self, tenant, principal, seconds):
        """The reason at each of these seconds, in one batch."""
        steps = []
        for second in seconds:
            self.now = self.t0 + second
            steps += [("POST", "/debug/clock", {"now": self.now}), self.question(tenant, principal)]
        answers = self.calls(*steps)[1::2]
        assert {answer.status for answer in answers} == {200}, answers
        return [answer.json()["reason"] for answer in answers]

    def reads(self, tenant, principal, verb="read", resource="reports/2024"):
        """Store reads of a check."""
        answer = self.call(*self.question(tenant, principal, verb, resource))
        assert answer.status == 200, answer.text
        return int(answer.headers["x-store-reads"])

    def kept(self, tenant, principal, verb="read", resource="reports/2024"):
        """Whether the decision takes no reads. Asking keeps it, so ask once."""
        return self.reads(tenant, principal, verb, resource) == 0

    def all_kept(self, *questions):
        """Whether none of several (tenant, principal) takes reads."""
        answers = self.calls(*(self.question(*question) for question in questions))
        return {(a.status, a.headers["x-store-reads"]) for a in answers} == {(200, "0")}

    def audit(self, tenant, query=""):
        return self.get(f"/tenants/{tenant}/audit{query}")["entries"]


@pytest.fixture
def keyd(subject):
    driver = Driver(subject)
    yield driver
    driver.flush()


@pytest.fixture(scope="session")
def replay(subject):
    """Answers to (method, path) or (method, path, body), on a log or on nothing."""

    def run(script, log=None):
        requests = [dict(zip(("method", "path", "body"), request)) for request in script]
        files = {"script.json": json.dumps(requests), "log.jsonl": log or ""}
        options = ["--log", "{files}/log.jsonl"] if log else []
        done = subject.cli(["replay", *options, "{files}/script.json"], files=files)
        assert done.code == 0, done.stderr
        return [Answer(json.loads(line)) for line in done.stdout.splitlines()]

    return run


@pytest.fixture(scope="session")
def run(subject):
    """What main(keyring) of a Python file returns, on a log or on nothing."""

    def run_file(source, log=None):
        files = {"ask.py": source, "log.jsonl": log or ""}
        options = ["--log", "{files}/log.jsonl"] if log else []
        done = subject.cli(["run", *options, "{files}/ask.py"], files=files)
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)

    return run_file


@pytest.fixture(scope="session")
def old_log():
    """An export made by release 2.5.1; not to be made again with later code.

    Kim (of globex) is a guest of acme and has grant 1, analyst on reports. Grant 2, to Bob, is
    revoked. Grant 3 is to globex/crew, shared with acme, on reports/2023; Lee is in it.
    """
    return OLD_LOG


OLD_LOG = """\
{"at": 1700000000, "tenant": "acme", "kind": "tenant.created", "actor": "ann", "data": {"name": "Acme Ltd"}}
{"at": 1700000000, "tenant": "globex", "kind": "tenant.created", "actor": "ann", "data": {"name": "Globex"}}
{"at": 1700000000, "tenant": "acme", "kind": "principal.added", "actor": "ann", "data": {"principal": "bob", "name": "Bob"}}
{"at": 1700000000, "tenant": "globex", "kind": "principal.added", "actor": "ann", "data": {"principal": "kim", "name": "Kim"}}
{"at": 1700000000, "tenant": "globex", "kind": "principal.added", "actor": "ann", "data": {"principal": "lee", "name": "Lee"}}
{"at": 1700000000, "tenant": "acme", "kind": "guest.invited", "actor": "ann", "data": {"principal": "kim"}}
{"at": 1700000000, "tenant": "globex", "kind": "group.created", "actor": "ann", "data": {"group": "crew"}}
{"at": 1700000000, "tenant": "globex", "kind": "member.added", "actor": "ann", "data": {"group": "crew", "principal": "lee"}}
{"at": 1700000000, "tenant": "globex", "kind": "group.shared", "actor": "ann", "data": {"group": "crew", "with": "acme"}}
{"at": 1700000000, "tenant": "acme", "kind": "role.set", "actor": "ann", "data": {"role": "analyst", "permissions": ["reports:read", "reports:export"]}}
{"at": 1700000000, "tenant": "acme", "kind": "grant.made", "actor": "ann", "data": {"grant": 1, "subject": "principal:kim", "role": "analyst", "resource": "reports"}}
{"at": 1700000000, "tenant": "acme", "kind": "grant.made", "actor": "ann", "data": {"grant": 2, "subject": "principal:bob", "role": "analyst", "resource": "*"}}
{"at": 1700000000, "tenant": "acme", "kind": "grant.made", "actor": "ann", "data": {"grant": 3, "subject": "group:globex/crew", "role": "analyst", "resource": "reports/2023"}}
{"at": 1700000000, "tenant": "acme", "kind": "grant.revoked", "actor": "ann", "data": {"grant": 2, "subject": "principal:bob"}}
{"at": 1700000500, "tenant": "acme", "kind": "check.answered", "actor": "ann", "data": {"principal": "kim", "permission": "reports:export", "resource": "reports/2023", "allowed": true, "reason": "granted", "grant": 1}}
{"at": 1700000500, "tenant": "globex", "kind": "principal.disabled", "actor": "ann", "data": {"principal": "lee"}}
{"at": 1700000500, "tenant": "globex", "kind": "principal.enabled", "actor": "ann", "data": {"principal": "lee"}}
"""
