"""Account numbers."""

import re


def cleanIban(text):
    """The account without its spaces, upper case."""
    return "".join(text.split()).upper()


def isIban(text):
    """Whether a clean account has the right shape and check digits (ISO 13616, modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
