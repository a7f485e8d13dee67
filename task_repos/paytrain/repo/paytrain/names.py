"""Names as keys."""

import unicodedata


def asciiKey(name):
    """A name without its accents, lower case, single spaces.

    The branches' computers write accents in two ways (one character, or a letter and a mark). Without
    accents both look the same.
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(plain.lower().split())


def squeeze(name):
    """A name with single spaces, nothing around it."""
    return " ".join(name.split())
