"""The functions of a file and how hard they are to read, in any language that lizard knows."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass

import lizard

from evaluator.scoring.quality.tokens import tokens

HARD = 10  # cyclomatic complexity from which a function is hard to hold in one's head (McCabe 1976)


@dataclass(frozen=True)
class Function:
    """One function: `decisions` are its branches (cyclomatic complexity - 1), `statements` its lines of code."""

    path: str
    name: str
    first: int
    last: int
    decisions: int
    statements: int
    content: int  # a hash over its tokens

    @property
    def symbol(self) -> str:
        """ "shop/pricing.py:total" """
        return f"{self.path}:{self.name}"


@functools.lru_cache(maxsize=2_000)
def functions(path: str, text: str) -> tuple[Function, ...]:
    """The functions of a file, without those of a language that lizard does not read."""
    if lizard.get_reader_for(path) is None:
        return ()
    found = lizard.analyze_file.analyze_source_code(path, text).function_list
    by_line = tokens(path, text)
    return tuple(
        Function(
            path=path,
            name=one.name.rpartition("::")[2].rpartition(".")[2],
            first=one.start_line,
            last=one.end_line,
            decisions=max(0, one.cyclomatic_complexity - 1),
            statements=max(1, one.nloc),
            content=hash(tuple(token.text for token in by_line if one.start_line <= token.line <= one.end_line)),
        )
        for one in found
    )


def erosion(files: Mapping[str, str], before: Container[str] = ()) -> float:
    """Complexity mass above what is readable: sum over functions of max(0, cc - 10) * sqrt(statements).

    After SlopCodeBench's erosion, as a sum and not as a share, so that trivial functions dilute nothing. A function
    that is not among the names `before` and is used by one function only is counted with that, so that cutting one in
    pieces changes nothing.
    """
    every = [function for path, text in files.items() for function in functions(path, text)]
    defined = Counter(function.name for function in every)
    pieces = {one.name: one for one in every if one.name not in before and defined[one.name] == 1} if before else {}
    callers: dict[Function, set[Function]] = {}
    for path, text in files.items() if pieces else ():
        own = functions(path, text)
        for token in tokens(path, text):
            if token.text in pieces:
                around = [one for one in own if one.first <= token.line <= one.last]
                if around:
                    callers.setdefault(pieces[token.text], set()).add(min(around, key=lambda one: one.last - one.first))
    only_caller = {piece: next(iter(users)) for piece, found in callers.items() if len(users := found - {piece}) == 1}
    whole: dict[Function, list[Function]] = {}
    for function in every:
        whole.setdefault(_root(function, only_caller), []).append(function)
    return math.fsum(
        max(0, sum(part.decisions for part in parts) + 1 - HARD) * math.sqrt(sum(part.statements for part in parts))
        for parts in whole.values()
    )


def _root(function: Function, only_caller: Mapping[Function, Function]) -> Function:
    seen = {function}
    while (caller := only_caller.get(function)) is not None and caller not in seen:
        function = caller
        seen.add(function)
    return function
