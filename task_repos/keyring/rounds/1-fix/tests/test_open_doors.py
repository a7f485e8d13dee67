"""The report: what today's release has stored; decisions about it are changed at once, too."""

KIM = {"principal": "kim", "permission": "reports:export", "resource": "reports/2023"}
LEE = {**KIM, "principal": "lee"}


def reasons(replay, old_log, *steps):
    """What Kim and Lee are told before and after each step."""
    script = [("POST", "/debug/clock", {"now": 1_700_000_600})]
    for step in (("GET", "/health"), *steps):
        script += [step, *(("POST", "/tenants/acme/check", body) for body in (KIM, LEE))]
    answers = [answer.json() for answer in replay(script, old_log)]
    told = [answer["reason"] for answer in answers if "reason" in answer]
    return list(zip(told[::2], told[1::2]))


def test_a_grant_made_before_is_revoked(replay, old_log):
    assert reasons(
        replay, old_log, ("DELETE", "/tenants/acme/grants/1"), ("DELETE", "/tenants/acme/grants/3"),
    ) == [("granted", "granted"), ("no_grant", "granted"), ("no_grant", "no_grant")]


def test_home_lets_them_go(replay, old_log):
    assert reasons(
        replay, old_log, ("POST", "/tenants/globex/principals/kim/disable"),
        ("DELETE", "/tenants/globex/groups/crew/members/lee"),
    ) == [("granted", "granted"), ("disabled", "granted"), ("disabled", "unknown_principal")]
