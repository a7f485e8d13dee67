"""`${{ }}`: what GitHub makes of it, as far as the project's workflows go. What is not known here is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d+)|(\|\||&&|==|!=|>|!|\(|\)|,)|([A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\*))*))"
)
OPEN = ("github.event",)  # below these a name may be absent, as an event has it or not


class Refused(Exception):
    """An expression that this helper does not understand, or a name that nobody gave."""


def resolve(text: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with its expressions worked out; what is one expression keeps its type."""
    if not isinstance(text, str):
        return text
    whole = re.fullmatch(r"\s*\$\{\{(.*?)\}\}\s*", text, re.DOTALL)
    if whole and "${{" not in whole[1]:
        return evaluate(whole[1], contexts)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: written(evaluate(found[1], contexts)), text, flags=re.DOTALL)


def written(value: Any) -> str:
    """A value in a string."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """The value of one expression, without its braces."""
    parser = _Parser(text, contexts)
    value = parser.either()
    if parser.left:
        raise Refused(f"{text.strip()!r}: cannot go on at {parser.left[0][1]!r}")
    return value


def truthy(value: Any) -> bool:
    """Whether GitHub takes it for true: not "", 0, null."""
    return value not in (None, False, 0, "")


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self.contexts = contexts
        self.left: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if not found:
                raise Refused(f"{text.strip()!r}: what is {text[at:].strip()!r}?")
            kind = ("string", "number", "sign", "name")[next(n for n in range(4) if found[n + 1] is not None)]
            self.left.append((kind, found[0].strip()))
            at = found.end()

    def either(self) -> Any:
        value = self.both()
        while self._next("||"):
            other = self.both()
            value = value if truthy(value) else other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self._next("&&"):
            other = self.compared()
            value = other if truthy(value) else value
        return value

    def compared(self) -> Any:
        value = self.single()
        for sign, holds in _COMPARISONS.items():
            if self._next(sign):
                return holds(value, self.single())
        return value

    def single(self) -> Any:
        if self._next("!"):
            return not truthy(self.single())
        if self._next("("):
            value = self.either()
            self._need(")")
            return value
        if not self.left:
            raise Refused("an expression ends too early")
        kind, text = self.left.pop(0)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        if kind != "name":
            raise Refused(f"{text!r} does not begin a value")
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        return self._call(text) if self._next("(") else self._look_up(text)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._next(")"):
            arguments.append(self.either())
            self._next(",")
        given = self.contexts.get("functions", {})
        if name in given:
            return given[name](*arguments)
        if name not in _FUNCTIONS:
            raise Refused(f"the function {name} is not known here")
        return _FUNCTIONS[name](*arguments)

    def _look_up(self, path: str) -> Any:
        value: Any = self.contexts
        names = path.split(".")
        for n, name in enumerate(names):
            if not isinstance(value, Mapping) or name not in value:
                if any(path == start or path.startswith(f"{start}.") for start in OPEN):
                    return None
                raise Refused(f"{path}: there is no {'.'.join(names[: n + 1])}")
            value = value[name]
        return value

    def _next(self, sign: str) -> bool:
        if self.left and self.left[0] == ("sign", sign):
            self.left.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._next(sign):
            raise Refused(f"{sign!r} is missing")


def _alike(a: Any, b: Any) -> bool:
    """Strings without regard to case; a string with a number as numbers."""
    if isinstance(a, str) and isinstance(b, str):
        return a.lower() == b.lower()
    return bool(a == b)


def _contains(where: Any, what: Any) -> bool:
    return any(_alike(one, what) for one in where) if isinstance(where, list) else written(what) in written(where)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _alike,
    "!=": lambda a, b: not _alike(a, b),
    ">": lambda a, b: float(a) > float(b),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"contains": _contains, "fromJSON": json.loads}
