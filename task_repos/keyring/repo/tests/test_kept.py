from tests.conftest import NOON


def reads(answer):
    return int(answer.headers["X-Store-Reads"])


def test_a_kept_decision_reads_nothing(client):
    client.tenant("acme", "bob")
    client.grant("acme", "principal:bob")
    assert reads(client.check("acme", "bob")) > 0
    assert reads(client.check("acme", "bob")) == 0


def test_only_for_a_week(client):
    client.tenant("acme", "bob")
    client.allowed("acme", "bob")
    client.at(NOON + 7 * 86_400 - 1)
    assert reads(client.check("acme", "bob")) == 0
    client.at(NOON + 7 * 86_400)
    assert reads(client.check("acme", "bob")) > 0


def test_others_stay_kept(client):
    client.tenant("acme", "bob", "eve")
    for principal in ("bob", "eve"):
        client.check("acme", principal)
    client.grant("acme", "principal:bob")
    assert reads(client.check("acme", "eve")) == 0
    assert reads(client.check("acme", "bob")) > 0
