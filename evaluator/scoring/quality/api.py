"""The public names of Python modules and their signatures, read by griffe without importing anything."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

import griffe


def public_api(files: Mapping[str, str]) -> dict[str, str]:
    """ "shop/pricing.py:total" -> "(cart, now=)": names without a leading underscore; classes with their methods.

    A file that does not parse has none.
    """
    return {name: shape for path, text in files.items() if path.endswith(".py") for name, shape in _module(path, text)}


@functools.lru_cache(maxsize=2_000)
def _module(path: str, text: str) -> tuple[tuple[str, str], ...]:
    try:
        module = griffe.visit(path.rpartition("/")[2].removesuffix(".py"), filepath=None, code=text)  # type: ignore[arg-type]
    except (SyntaxError, ValueError):
        return ()
    return tuple((f"{path}:{name}", shape) for name, shape in _members(module, ""))


def _members(parent: griffe.Module | griffe.Class, prefix: str) -> Iterator[tuple[str, str]]:
    for name, member in parent.members.items():
        if name.startswith("_"):
            continue
        if isinstance(member, griffe.Function):
            yield prefix + name, f"({', '.join(map(_parameter, member.parameters))})"
        elif isinstance(member, griffe.Class):
            yield prefix + name, "class"
            yield from _members(member, f"{prefix}{name}.")
        elif not member.is_alias:
            yield prefix + name, "value"
        elif prefix:
            yield prefix + name, "alias"


def _parameter(parameter: griffe.Parameter) -> str:
    return f"{parameter.name}=" if parameter.default is not None else parameter.name
