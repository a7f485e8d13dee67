"""Rule: a log of the release that runs today works on, and reads the same."""

import json

import pytest

KIM = {"principal": "kim", "permission": "reports:read", "resource": "reports/2024"}
LEE = {"principal": "lee", "permission": "reports:export", "resource": "reports/2023/q1"}


@pytest.fixture(scope="module")
def answers(replay, old_log):
    return replay([
        ("GET", "/tenants/acme/audit"),
        ("GET", "/tenants/globex/audit"),
        ("GET", "/tenants/acme/principals"),
        ("POST", "/tenants/acme/check", KIM),
        ("POST", "/tenants/acme/check", LEE),
        ("POST", "/tenants/acme/check", {**KIM, "principal": "bob"}),
        ("GET", "/tenants/acme/grants"),
        ("POST", "/tenants/acme/grants", {
            "subject": "principal:bob", "role": "analyst", "resource": "*",
        }),
    ], old_log)


def test_what_it_says_still_holds(answers):
    people, kim, lee, bob, grants, again = answers[2:]
    assert [(p["id"], p["guest"]) for p in people.json()["principals"]] == [
        ("bob", False), ("kim", True),
    ]
    assert kim.json() == {"allowed": True, "reason": "granted", "grant": 1}
    assert lee.json() == {"allowed": True, "reason": "granted", "grant": 3}
    assert bob.json() == {"allowed": False, "reason": "no_grant", "grant": None}
    assert [(g["id"], g["subject"]) for g in grants.json()["grants"]] == [
        (1, "principal:kim"), (3, "group:globex/crew"),
    ]
    assert again.json()["id"] == 4


def test_the_audit_reads_the_same(answers, old_log):
    events = [json.loads(line) for line in old_log.splitlines()]
    for tenant, answer in zip(("acme", "globex"), answers):
        assert answer.json()["entries"] == [
            {
                "seq": seq, "at": event["at"], "kind": event["kind"], "actor": event["actor"],
                "detail": event["data"],
            }
            for seq, event in enumerate((e for e in events if e["tenant"] == tenant), 1)
        ]
