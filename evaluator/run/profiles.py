"""Where profiles come from: TOML files, those in `evaluator/profiles/` by their name, all others by their path."""

from __future__ import annotations

import difflib
from pathlib import Path

from pydantic import ValidationError

from evaluator.run.folder import RunError
from evaluator.run.profile import Profile
from harness.formats import FormatError, explain, read_toml

FOLDER = Path(__file__).parents[1] / "profiles"


def load_profile(text: str | None) -> Profile:
    """The profile of a name or a path; the plain one for None. Raises `RunError`."""
    if text is None:
        return Profile()
    known = {file.stem: file for file in sorted(FOLDER.glob("*.toml"))}
    path = known.get(text) or Path(text)
    if path.suffix != ".toml":
        near = difflib.get_close_matches(text, known, n=1)
        hint = f"Did you mean `{near[0]}`? " if near else ""
        raise RunError(
            f"There is no profile `{text}`. {hint}Known: {', '.join(known)}; or a path to a file that ends in .toml."
        )
    try:
        profile = read_toml(path, Profile).model_copy(update={"name": path.stem})
    except FormatError as error:
        raise RunError(f"The profile cannot be used.\n{error}") from error
    _check_faults(path, profile)
    return profile


def _check_faults(path: Path, profile: Profile) -> None:
    """Raises `RunError`."""
    from harness.gateway import Fault

    seen = set()
    for n, rule in enumerate(profile.faults, 1):
        try:
            fault = Fault.model_validate(rule)
        except ValidationError as error:
            lines = "\n".join(f"{path}: faults, rule {n}: {line}" for line in explain(error, Fault))
            raise RunError(f"The profile cannot be used.\n{lines}") from error
        if fault.id in seen:
            raise RunError(f"The profile cannot be used.\n{path}: faults, rule {n}: `id`: {fault.id!r} stands twice.")
        seen.add(fault.id)
