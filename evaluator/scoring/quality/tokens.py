"""Source as tokens: what a change is counted in, since layout and comments are no work and cost nothing."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, String, Text
from pygments.util import ClassNotFound
from rapidfuzz.distance import Indel

_SILENT = (Comment, String.Doc, Text)
WINDOW = 40  # tokens; a shorter repetition is idiom


class Token(NamedTuple):
    """One token. `shape` is the same for all names, all numbers, all strings."""

    text: str
    shape: str
    line: int


@functools.lru_cache(maxsize=2_000)
def tokens(path: str, text: str) -> tuple[Token, ...]:
    """The tokens of a file, without white space, comments and docstrings."""
    found = []
    line = 1
    for kind, value in _lexed(path, text):
        if not (kind and any(kind in silent for silent in _SILENT)) and not value.isspace():
            found.append(Token(value, _shape(kind, value), line))
        line += value.count("\n")
    return tuple(found)


def changed_tokens(before: Sequence[Token], after: Sequence[Token]) -> int:
    """How many tokens were added and taken away: the edit distance without substitution."""
    return int(Indel.distance(_texts(before), _texts(after)))


def cloned(files: Iterable[Sequence[Token]]) -> int:
    """How many tokens lie in a window of `WINDOW` tokens whose shape occurs at two places; renaming hides nothing."""
    places: dict[Hashable, list[tuple[int, int]]] = {}
    shapes = [[token.shape for token in file] for file in files]
    for number, shape in enumerate(shapes):
        for start in range(len(shape) - WINDOW + 1):
            places.setdefault(hash(tuple(shape[start : start + WINDOW])), []).append((number, start))
    covered: list[set[int]] = [set() for _ in shapes]
    for found in places.values():
        first, last = found[0], found[-1]
        if len(found) > 1 and (first[0] != last[0] or last[1] - first[1] >= WINDOW):
            for number, start in found:
                covered[number].update(range(start, start + WINDOW))
    return sum(map(len, covered))


def names(tokens_: Iterable[Token]) -> Counter[str]:
    """How often each name occurs."""
    return Counter(token.text for token in tokens_ if token.shape == "name")


def _texts(tokens_: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens_]


def _shape(kind: object, value: str) -> str:
    if kind is None or kind in Keyword:
        return value
    for family, shape in ((Name, "name"), (Number, "number"), (String, "string")):
        if kind in family:
            return shape
    return value


@functools.cache
def _lexer_of(suffix: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(f"a{suffix}", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _lexed(path: str, text: str) -> Iterable[tuple[object, str]]:
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    lexer = _lexer_of(f".{suffix}") if stem and dot and len(suffix) < 10 else None
    if lexer is None:  # words and marks, in a language nobody knows
        return ((None, piece) for piece in re.findall(r"\w+|\s+|[^\w\s]", text))
    lexed: Iterable[tuple[object, str]] = lexer.get_tokens(text)
    return lexed
