"""The report: what today's release has stored; decisions about it are changed at once, too."""

KIM = {"principal": "kim", "permission": "reports:export", "resource": "reports/2023"}
LEE = {**KIM, "principal": "lee"}


STEPS = [
    ("GET", "/health"),
    ("DELETE", "/tenants/globex/groups/crew/members/lee"),
    ("DELETE", "/tenants/acme/grants/1"),
    ("POST", "/tenants/globex/principals/kim/disable"),
]


def test_a_revocation_and_what_home_does(replay, old_log):
    script = [("POST", "/debug/clock", {"now": 1_700_000_600})]
    for step in STEPS:
        script += [step, *(("POST", "/tenants/acme/check", body) for body in (KIM, LEE))]
    answers = [answer.json() for answer in replay(script, old_log)]
    told = [answer["reason"] for answer in answers if "reason" in answer]
    assert list(zip(told[::2], told[1::2])) == [
        ("granted", "granted"), ("granted", "unknown_principal"), ("no_grant", "unknown_principal"),
        ("disabled", "unknown_principal"),
    ]
