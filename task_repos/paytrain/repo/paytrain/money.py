"""Amounts are whole cents from the moment that they are read. There are no floats."""

import re


def parseAmount(text, decimal=","):
    """Cents of "2100,00", "2100,5", "2100" or "-12,30"; None if it is not an amount.

    No thousands separators: too many sheets had them wrong.
    """
    match = re.fullmatch(r"(-?)([0-9]{1,9})(?:%s([0-9]{1,2}))?" % re.escape(decimal), text.strip())
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    cents = int(whole) * 100 + int((fraction or "").ljust(2, "0"))
    return -cents if sign else cents


def parseCents(text):
    """Cents of a fixed-width field such as "000000210000" or "-00000001230"; None if it is not one."""
    match = re.fullmatch(r"-?[0-9]+", text.strip())
    return int(match.group()) if match else None


def formatAmount(cents):
    return "%s%d.%02d" % ("-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100)
