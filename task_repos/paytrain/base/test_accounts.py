"""README, Accounts: plain ASCII with the right check digits, spaces and case aside; namesakes are told apart by it."""

from unicodedata import normalize

FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))


def iban(number):
    body = f"30006000{number:015d}"
    return f"FR{98 - int(body + '152700') % 97:02d}{body}"


ANNAS = iban(1)

STORIES = {
    "spellings": [
        ("staff", (1, "Anna Weiß"), (2, "Anna Weiß"), (3, "Bernd Noël")),
        ("porto", f"Anna Weiß,{ANNAS[:4].lower()} {ANNAS[4:9]} {ANNAS[9:]},1.00,spaces",
         "Anna Weiß,{iban:2},2.00,other", "Anna Weiß,{iban:3},3.00,third"),
        ("entries",),
        ("pay",),
    ],
    "not ascii": [
        ("staff", (1, "Anna Weiß")),
        ("porto", f"Anna Weiß,{ANNAS.translate(FULL_WIDTH)},1.00,wide digits",
         f"Anna Weiß,{ANNAS[:-1]}\u00b2,2.00,superscript", f"Anna Weiß,\uff26\uff32{ANNAS[2:]},3.00,wide letters",
         f"Anna Weiß,{ANNAS[:-1]}{(int(ANNAS[-1]) + 1) % 10},4.00,digits"),
    ],
}


def test_spaces_and_case_aside(told):
    _, done, entries, paid = told("spellings")
    assert done.json["reasons"] == {"account_mismatch": 1}
    assert entries.booked() == [("1", "spaces", 100), ("2", "other", 200)]
    assert paid.payments()["1"] == ("Anna Weiß", ANNAS, 100)


def test_nothing_but_ascii(told):
    assert normalize("NFKC", ANNAS.translate(FULL_WIDTH)) == ANNAS
    assert told("not ascii")[1].json["reasons"] == {"bad_account": 4}
