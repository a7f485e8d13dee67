"""Rule: of an IBAN only the last four characters are ever shown."""

IBAN = "PT50003506515123456789{:03}"


def test_only_the_last_four(desk):
    mark = desk.account()
    iban = IBAN.format(int(mark) % 1000)
    email = f"iban-{mark}@example.org"
    made = desk.call("POST", "/accounts", {"name": "Ines", "email": email, "iban": iban})
    account = made.json()["id"]
    sub = desk.subscribe("2026-01-01", account=account)
    number = desk.run(sub, "2026-01-01")[0]["number"]
    answers = [made, desk.call("POST", f"/subscriptions/{sub['id']}/cancel")]
    answers += [desk.call("PUT", f"/accounts/{account}/tax", {"tax_bp": 5})]
    for path in (f"/accounts/{account}", f"/accounts/{account}/statement", f"/documents/{number}", f"/outbox?to={email}"):
        answers.append(desk.call("GET", path))
    text = "".join(answer.text for answer in answers)
    assert iban[-4:] in text and number in text
    assert iban[:-4] not in text and iban[:8] not in text and iban[-8:-4] + iban[-4:] not in text
