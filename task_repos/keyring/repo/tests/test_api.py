import json

from keyd.cli import main


def test_errors_have_a_code_and_a_message(client):
    answer = client("GET", "/tenants/nobody")
    assert (answer.status, answer.body["error"]["code"]) == (404, "unknown_tenant")
    assert answer.body["error"]["message"]
    assert client("POST", "/tenants", {"id": "A B", "name": "x"}).status == 400


def test_the_actor_is_needed(client):
    answer = client("POST", "/tenants", {"id": "acme", "name": "Acme"}, actor="")
    assert answer.body["error"]["code"] == "invalid"


def test_exports_are_audited(client):
    client.tenant("acme", "bob")
    body = {"principal": "bob", "permission": "reports:export", "resource": "reports/2024"}
    for _ in range(2):
        client.ok("POST", "/tenants/acme/check", body)
    entries = client.ok("GET", "/tenants/acme/audit?kind=check.answered")["entries"]
    assert [entry["detail"]["allowed"] for entry in entries] == [False, False]


def test_an_export_of_the_log_can_be_replayed(client, tmp_path, capsys):
    client.tenant("acme", "bob")
    client.grant("acme", "principal:bob")
    log, script = tmp_path / "log.jsonl", tmp_path / "script.json"
    log.write_text("\n".join(client.keyring.log.export()))
    script.write_text(json.dumps([{"method": "GET", "path": "/tenants/acme/grants"}]))
    assert main(["replay", "--log", str(log), str(script)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["body"]["grants"][0]["subject"] == "principal:bob"


def test_a_file_can_be_run(tmp_path, capsys):
    file = tmp_path / "ask.py"
    file.write_text("def main(keyring):\n    return keyring.clock.now() > 0\n")
    assert main(["run", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) is True
