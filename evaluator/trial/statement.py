"""What an agent says of its own work, read from the file that it may leave: hostile or careless, never an error."""

from __future__ import annotations

import json
import math
from typing import Any

from evaluator.evidence import Statement
from harness.sandbox.tree import printable

SIZE_CAP = 64 << 10  # bytes
TEXT_CAP = 4_000  # characters of a text, and of an assumption
ASSUMPTIONS_CAP = 50


def parse_statement(data: bytes) -> tuple[Statement | None, tuple[str, ...]]:
    """The statement in a JSON file, and what of it was dropped, with the reason; None where there is nothing to keep.

    Keys: summary, root_cause (text), assumptions (list of text), confidence (0 to 1), abstain (true or false).
    """
    if not data.strip():
        return None, ()
    if len(data) > SIZE_CAP:
        return None, (f"everything: more than {SIZE_CAP >> 10} KiB",)
    try:
        found = json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None, ("everything: not JSON",)
    if not isinstance(found, dict):
        return None, ("everything: not a JSON object",)
    kept: dict[str, Any] = {}
    dropped = []
    for key, value in list(found.items())[:100]:
        clean = _READERS[key](value) if key in _READERS else None
        if clean is None:
            dropped.append(f"{printable(str(key), 60)}: {'not what it should be' if key in _READERS else 'not known'}")
        else:
            kept[key] = clean
    return (Statement(**kept) if kept else None), tuple(dropped)


def _text(value: object) -> str | None:
    # Lone surrogates (from "\\ud800") are text to JSON, but nothing that could be stored.
    return value[:TEXT_CAP].encode(errors="replace").decode() if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(text for one in value[:ASSUMPTIONS_CAP] if (text := _text(one)) is not None)


def _chance(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= 1 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_READERS = {"summary": _text, "root_cause": _text, "assumptions": _texts, "confidence": _chance, "abstain": _flag}
