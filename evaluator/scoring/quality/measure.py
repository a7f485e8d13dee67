"""Two trees in, `Measures` out. Parsers only; hostile input may take long or much memory, see `worker.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from evaluator.evidence import Measures
from evaluator.scoring.quality.api import public_api
from evaluator.scoring.quality.functions import erosion, functions
from evaluator.scoring.quality.lint import lint_growth
from evaluator.scoring.quality.source import is_test, is_work
from evaluator.scoring.quality.tokens import Token, changed_tokens, cloned, names, tokens

SHORT = 4  # letters of a name; a shorter one is used all over and tells nothing about callers
COMMON = 0.2  # share of files; so does one that more of them use

Files = Mapping[str, str]


def measure(
    start: Files, end: Files, tests: Sequence[str], *, settled: Sequence[str] | None = None, with_api: bool = False
) -> Measures:
    """What a round did to its start. `settled` are the files that nobody need touch; None when that is to be found out.

    The order of files is irrelevant.
    """
    before, after = _work(start, tests), _work(end, tests)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    sizes = {path: changed_tokens(_tokens(path, before), _tokens(path, after)) for path in changed}
    symbols = _touched(before, after, changed)
    known = {function.name for path, text in before.items() for function in functions(path, text)}
    was, now = ({path: text[path] for path in changed if path in text} for text in (before, after))
    return Measures(
        changed_tokens=sum(sizes.values()),
        outside_tokens=sum(size for path, size in sizes.items() if settled and path in settled),
        decisions=_decisions(now) - _decisions(was),
        erosion=round(erosion(after, known or {""}) - erosion(before), 9),
        clones=_clones(after) - _clones(before),
        lint=lint_growth(was, now),
        files=tuple(path for path in changed if sizes[path]),
        symbols=tuple(symbols),
        callers=_callers(before, symbols) if settled is None else (),
        api=_api(before, after) if with_api else None,
        tests=tuple(sorted(path for path in end if is_test(path, tests) and start.get(path) != end[path])),
        tests_lost=_tests_lost(start, end, tests),
    )


def _work(files: Files, tests: Sequence[str]) -> dict[str, str]:
    return {path: files[path] for path in sorted(files) if is_work(path, tests)}


def _tokens(path: str, files: Files) -> tuple[Token, ...]:
    return tokens(path, files[path]) if path in files else ()


def _decisions(files: Files) -> int:
    return sum(function.decisions for path, text in files.items() for function in functions(path, text))


def _clones(files: Files) -> int:
    return cloned(tokens(path, text) for path, text in files.items() if functions(path, text))


def _touched(before: Files, after: Files, changed: Sequence[str]) -> list[str]:
    """The functions that are new, gone or not what they were."""

    def contents(files: Files) -> dict[str, int]:
        return {one.symbol: one.content for path in changed if path in files for one in functions(path, files[path])}

    was, now = contents(before), contents(after)
    return sorted(name for name in {*was, *now} if was.get(name) != now.get(name))


def _callers(files: Files, symbols: Sequence[str]) -> tuple[str, ...]:
    """The files that use one of the functions. A name that is all over the tree tells nothing."""
    wanted = {name for symbol in symbols if len(name := symbol.rpartition(":")[2]) >= SHORT and name[:2] != "__"}
    users = {path: wanted.intersection(names(tokens(path, text))) for path, text in files.items()}
    spread = Counter(name for found in users.values() for name in found)
    common = {name for name, count in spread.items() if count > COMMON * len(files)}
    return tuple(path for path, found in users.items() if found - common)


def _api(before: Files, after: Files) -> dict[str, bool]:
    was, now = public_api(before), public_api(after)
    return {name: now.get(name) == shape for name, shape in was.items()}


def _tests_lost(start: Files, end: Files, tests: Sequence[str]) -> int:
    """How many test functions of the start are in no test file any more."""
    was, now = (
        {function.name for path, text in files.items() if is_test(path, tests) for function in functions(path, text)}
        for files in (start, end)
    )
    return len({name for name in was if name.lower().startswith("test")} - now)
