"""The report: a tenant is opened once, and what is opened sees and touches that tenant only."""

SCRIPT = '''
from keyd.errors import Refused


def refused(function, *args, **kwargs):
    try:
        return ["not refused", function(*args, **kwargs)]
    except Refused as error:
        return error.code


def nowhere(keyring):
    keyring.tenant("nowhere").grants()


def main(keyring):
    keyring.clock.stop(1_700_000_600)
    acme, globex = keyring.tenant("acme"), keyring.tenant("globex", actor="eve")
    kim = ("kim", "reports:read", "reports/2024")
    told = {"before": [acme.check(*kim)["grant"], globex.check(*kim)["reason"]]}
    told["foreign grant"] = refused(globex.revoke, 1)
    told["no role here"] = refused(globex.grant, "principal:kim", "analyst", "*")
    told["stranger"] = refused(globex.grant, "principal:bob", "analyst", "*")
    told["nowhere"] = refused(nowhere, keyring)
    made = acme.grant("principal:kim", "analyst", "reports/2024", effect="deny", ends_at=1_700_000_700)
    told["made"] = [made["id"], made["made_by"], made["state"]]
    told["denied"] = [acme.check(*kim)["reason"], keyring.tenant("acme").check(*kim)["reason"]]
    told["access"] = [grant["id"] for grant in acme.access("kim")]
    told["theirs"] = [len(globex.grants()), len(globex.access("kim"))]
    keyring.clock.stop(1_700_000_700)
    told["ended"] = acme.check(*kim)["reason"]
    acme.revoke(1)
    told["revoked"] = [acme.check(*kim)["reason"], [grant["id"] for grant in acme.grants()]]
    told["entries"] = [entry["kind"] for entry in acme.audit()][-3:]
    told["their entries"] = [entry["kind"] for entry in globex.audit()][-1]
    return told
'''


def test_views(run, old_log):
    assert run(SCRIPT, old_log) == {
        "before": [1, "no_grant"],
        "foreign grant": "unknown_grant",
        "no role here": "unknown_role",
        "stranger": "unknown_role",
        "nowhere": "unknown_tenant",
        "made": [4, "library", "active"],
        "denied": ["denied", "denied"],
        "access": [1, 4],
        "theirs": [0, 0],
        "ended": "granted",
        "revoked": ["no_grant", [3, 4]],
        "entries": ["check.answered", "grant.made", "grant.revoked"],
        "their entries": "principal.enabled",
    }
