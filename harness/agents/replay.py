"""Does a recorded trial's work again, hand-in by hand-in, without a model: to grade old work anew, or to look at it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.agents.protocol import AgentError, Ask, Turn, TurnEnd
from harness.sandbox import Sandbox

_ROUND = re.compile(r"(\d+)-")
_HAND_IN = re.compile(r"hand-in-(\d+)")
HandIn = tuple[int, int]  # round, hand-in


@dataclass(frozen=True)
class Recorded:
    """What a trial's folder tells. `diffs` are against their round's start, `said` is what the agent said with them."""

    agent: str
    task: str
    diffs: Mapping[HandIn, bytes]
    said: Mapping[HandIn, bytes]


def read_recorded(trial: Path) -> Recorded:
    """A stored trial's work. Raises `AgentError`."""
    try:
        result = json.loads((trial / "result.json").read_bytes())
        if result["outcome"] != "completed":
            raise AgentError(f"{trial}: this trial ended by an infrastructure error; there is no work to replay.")
        if result.get("start", 1) != 1 or result.get("variant", "vague") != "vague":
            raise AgentError(f"{trial}: this trial serves a comparison (a clear twin or a later start). Replay others.")
        diffs = dict(_diffs(trial))
        said = dict(_said(trial))
        return Recorded(str(result["agent"]), str(result["task"]), diffs, said)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise AgentError(
            f"{trial}: cannot be replayed ({type(error).__name__}: {error}). Name the folder of a stored trial: "
            "replay:RUN/trials/NAME."
        ) from error


class Replay:
    """Brings the workspace to where each hand-in left it. A turn that was not recorded changes nothing."""

    files: Path | None = None

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._hand_ins: Counter[int] = Counter()

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """Remember the box."""
        self._box = box

    def turn(self, turn: Turn) -> TurnEnd:
        """Take the round's last hand-in back, if there was one, and apply this one."""
        self._hand_ins[turn.round] += 1
        now = turn.round, self._hand_ins[turn.round]
        if now not in self._recorded.diffs:
            return TurnEnd("finished", 0.0)
        before = self._recorded.diffs.get((turn.round, now[1] - 1), b"")
        said = self._recorded.said.get(now, b"")
        if before == self._recorded.diffs[now]:
            return TurnEnd("finished", 0.0, said=said)
        for patch, back in ((before, ["--reverse"]), (self._recorded.diffs[now], [])):
            if not patch:
                continue
            argv = ["git", "apply", "--whitespace=nowarn", *back, "-"]
            end = TurnEnd.of(self._box.run(argv, stdin=patch, timeout_s=turn.timeout_s))
            if end.reason != "finished":
                return end
        return TurnEnd("finished", 0.0, said=said)

    def leave(self) -> None:
        """Nothing to let go."""


def _diffs(trial: Path) -> list[tuple[HandIn, bytes]]:
    """The last hand-in of a round lies in its folder, those before it below."""
    found = []
    for home in sorted((trial / "rounds").iterdir()):
        number = _ROUND.match(home.name)
        if not number:
            continue
        earlier = sorted(int(n[1]) for path in home.iterdir() if (n := _HAND_IN.fullmatch(path.name)))
        found += [((int(number[1]), n), (home / f"hand-in-{n}" / "diff.patch").read_bytes()) for n in earlier]
        found.append(((int(number[1]), len(earlier) + 1), (home / "diff.patch").read_bytes()))
    if not found:
        raise ValueError("it has no rounds")
    return found


def _said(trial: Path) -> list[tuple[HandIn, bytes]]:
    events: list[dict[str, Any]] = [json.loads(line) for line in (trial / "events.jsonl").read_bytes().splitlines()]
    stated = [event for event in events if event.get("event") == "stated"]
    return [((event["round"], event["hand_in"]), _told(event["statement"])) for event in stated]


def _told(statement: Mapping[str, Any]) -> bytes:
    return json.dumps({key: value for key, value in statement.items() if value is not None}).encode()
