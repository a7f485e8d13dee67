"""Reading the files that people write: TOML checked against a model, mistakes told with their place and remedy."""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class FormatError(Exception):
    """A file that cannot be used: which, which key, what was found, what is allowed."""


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, model: type[Model]) -> Model:
    """The file as a `model`. Raises `FormatError`."""
    text = read_text(path)
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        raise FormatError("\n".join(f"{path}: {line}" for line in explain(error, model))) from error


def read_text(path: Path) -> str:
    """The file as text. Raises `FormatError`."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FormatError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: cannot be read: {error}") from error


def explain(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line for each mistake: the key, what was found, what is allowed, and the nearest known key."""
    lines = []
    for mistake in error.errors(include_url=False):
        where = [str(part) for part in mistake["loc"] if part != "[key]"]
        key = ".".join(where) or "(the whole file)"
        if mistake["type"] == "extra_forbidden":
            known = _known_keys(model, where[:-1])
            near = difflib.get_close_matches(where[-1], known, n=1)
            hint = f"did you mean `{near[0]}`? " if near else ""
            lines.append(f"`{key}`: unknown key; {hint}known here: {', '.join(sorted(known)) or 'none'}")
        elif mistake["type"] == "missing":
            lines.append(f"`{key}`: missing; it is required")
        else:
            lines.append(f"`{key}`: found {_shown(mistake['input'])}; {_lower(mistake['msg'])}")
    return lines


def _known_keys(model: type[BaseModel], where: list[str]) -> list[str]:
    """The keys allowed at a place of a model, through dicts, lists and optionals."""
    here: Any = model
    for part in where:
        here = _step(here, part)
    here = _plain(here)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _step(kind: Any, part: str) -> Any:
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(part)
        return field.annotation if field else None
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple or typing.get_origin(kind) is list:
        return arguments[0]
    return arguments[-1] if arguments else None


def _plain(kind: Any) -> Any:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next((option for option in typing.get_args(kind) if option is not type(None)), None)
    return kind


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "…"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
