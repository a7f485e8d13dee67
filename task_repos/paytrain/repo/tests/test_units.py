from paytrain.iban import cleanIban, isIban
from paytrain.money import formatAmount, parseAmount, parseCents
from paytrain.names import asciiKey


def test_amounts():
    assert parseAmount("2100,00") == 210000
    assert parseAmount(" 0,5 ") == 50
    assert parseAmount("-12,30") == -1230
    assert parseAmount("12.30", ".") == 1230
    for text in ("", "1.000,00", "1,000", "1e3", "1,", "--1", "\uff11\uff12"):
        assert parseAmount(text) is None
    assert (parseCents("000000000012"), parseCents("x")) == (12, None)
    assert (formatAmount(-1205), formatAmount(5)) == ("-12.05", "0.05")


def test_accounts():
    assert cleanIban("fr76 3000 6000 0112 3456 7890 189") == "FR7630006000011234567890189"
    assert isIban("FR7630006000011234567890189")
    assert not isIban("FR7630006000011234567890188")
    assert not isIban("FR")


def test_names_without_accents():
    assert asciiKey("  Zo\u00eb   Martin ") == asciiKey("Zoe\u0308 Martin") == "zoe martin"
