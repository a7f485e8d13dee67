"""README, Planned: the library's grant takes effect, start and end as keywords."""

MAKE = '''
def main(keyring):
    keyring.clock.stop(1_700_000_600)
    made = keyring.grant(
        "acme", "principal:kim", "analyst", "*", effect="deny", starts_at=1_700_000_601,
        ends_at=1_700_000_700,
    )
    told = []
    for now in (1_700_000_600, 1_700_000_601):
        keyring.clock.stop(now)
        told.append(keyring.check("acme", "kim", "reports:read", "reports/1")["reason"])
    return [made["effect"], made["state"], *told]
'''


def test_keywords(run, old_log):
    assert run(MAKE, old_log) == ["deny", "pending", "granted", "denied"]
