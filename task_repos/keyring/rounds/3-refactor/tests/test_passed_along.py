"""The report: whatever the argument is called, at most eight functions are handed the tenant."""

# Counts the package's own functions that get the tenant's bare id as an argument. Its own
# constructors are exempt; so are SQL parameters and keys, which travel in tuples.
SCRIPT = '''
import os
import sys
import keyd

HOME = os.path.dirname(os.path.abspath(keyd.__file__)) + os.sep
CONSTRUCTORS = {"__init__", "__new__", "__post_init__"}
handed = set()


def watch(frame, event, argument):
    code = frame.f_code
    if event == "call" and os.path.abspath(code.co_filename).startswith(HOME):
        names = code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]
        if code.co_name not in CONSTRUCTORS:
            if any(frame.f_locals.get(name) in ("acme", b"acme") for name in names):
                handed.add((os.path.basename(code.co_filename), code.co_name))


def main(keyring):
    keyring.clock.stop(1_700_000_600)
    sys.setprofile(watch)
    try:
        acme = keyring.tenant("acme", actor="ops")
        told = [acme.check("kim", "reports:export", "reports/1")["reason"]]
        told += [acme.check("lee", "reports:read", "reports/2023")["reason"]]
        made = acme.grant("group:globex/crew", "analyst", "*", effect="deny", starts_at=5)
        told += [acme.check("lee", "reports:read", "reports/2023")["reason"]]
        acme.revoke(made["id"])
        told += [acme.check("lee", "reports:read", "reports/2023")["reason"]]
        told += [len(acme.grants()), len(acme.access("kim")), acme.audit()[-1]["actor"]]
    finally:
        sys.setprofile(None)
    return {"told": told, "handed": sorted(handed)}
'''


def test_eight_at_most(run, old_log):
    answer = run(SCRIPT, old_log)
    assert answer["told"] == ["granted", "granted", "denied", "granted", 2, 1, "ops"]
    assert len(answer["handed"]) <= 8, answer["handed"]
