"""A stored trial of which everything that an agent can choose is hostile: names, words, outputs, changes, calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluator.evidence import (
    Acted,
    Action,
    Asked,
    BoxReplaced,
    Event,
    Fault,
    Faulted,
    Grade,
    Graded,
    GroupResult,
    HandedIn,
    Message,
    Metered,
    OwnTests,
    RoundResult,
    Stated,
    Statement,
    TestsJudged,
    TrialResult,
    TurnEnded,
    Usage,
)
from harness.gateway.ledger import Call

WORDS = (
    "<script>window.canary = 1; alert(1)</script>",
    "</script></style></title></textarea><script>window.canary = 2</script>",
    "\"><img src=x onerror='window.canary = 3; alert(3)'>",
    "' onmouseover='window.canary=4' autofocus onfocus='window.canary=4' x='",
    "javascript:window.canary=5",
    "<a href=\"javascript:window.canary=6\">here</a> <iframe srcdoc='<script>parent.canary=6</script>'></iframe>",
    "<svg><script>window.canary=7</script></svg><math><mtext><img src=x onerror=window.canary=7>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css><style>@import 'https://evil.example/y.css'; *{}</style>",
    "{{1111*1111}} {% raw %} ${1111*1111} #{1111*1111} <%= 1111*1111 %> {{ self.__init__.__globals__ }}",
    "<!-- --><![CDATA[ ]]> <?php ?> &lt;b&gt; &#60;b&#62; &amp;",
    "\x1b[2J\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\u202egnp.exe \u2066hidden\u2069 zero\u200bwidth \ufeff",
    "p\u0430ypal \u2215 \uff0f..\uff0f homoglyphs",
    "../../../../etc/passwd ..\\..\\x C:\\x /etc/passwd file:///etc/passwd",
    "__proto__ constructor prototype toString hasOwnProperty",
    "nul\x00 bell\x07 back\x08 delete\x7f next\x85 line\u2028 paragraph\u2029",
    "W" * 5_000,
)
FAILED = ("call", "outcome", "status", "fault")
SURROGATES = "lone \ud800 and \udfff"  # only where JSON keeps them


def hostile_result(word: str, **changes: Any) -> TrialResult:
    """A result whose free texts are `word`; agent, task and groups too unless they are changed."""
    green = {word: "passed", f"{word} 2": "failed"}
    rounds = tuple(
        RoundResult(
            n=n, kind="fix", strict=False, isolated=n == 1, correctness=0.5, first_try=0.25, hand_ins=2, groups=green,
            constraints=green, wall_s=10, timed_out=True, reason=word,
        )
        for n in (1, 2)
    )  # fmt: skip
    fields = {
        "agent": word, "task": word, "task_version": 1, "task_digest": "0" * 64, "attempt": 1, "sandbox": word,
        "limits": word, "outcome": "completed", "flags": (word,), "scores": {"correctness": 0.5, "composite": 50.0},
        "composites": {word: 50.0}, "score_parts": {"quality": {word: 0.5}}, "subskills": {word: 0.5},
        "rounds": rounds, "questions": 3, "agent_wall_s": 20, "wall_s": 30,
    }  # fmt: skip
    return TrialResult(**{**fields, **changes})


def hostile_events(word: str) -> list[Event]:
    """Every kind of event, twice."""
    found: list[Event] = []
    for n in (1, 2):
        at, own = 10.0 * n, {"round": n, "hand_in": 1}
        statement = Statement(summary=word, root_cause=word, assumptions=(word,) * 20, confidence=0.5, abstain=True)
        found += [
            Message(at=at, kind="report", text=word, **own),
            Asked(at=at + 1, round=n, question=word, fact=word, answer=word, edited=True),
            TurnEnded(at=at + 2, reason="failed", wall_s=1, exit_code=9, overrun_s=2, output=word, **own),
            Metered(at=at + 2, usage=Usage(calls=1, limit_hit=word), **own),
            Acted(at=at + 2, actions=(Action(at=at, kind="other", text=word[:300]),), **own),
            Stated(at=at + 3, statement=statement, dropped=(word,), **own),
            HandedIn(
                at=at + 4, changed=(word,) * 12, protected=(word,), dropped=(word,) * 12, left_running=(word,),
                breach=word, **own,
            ),
            Graded(at=at + 5, red=(word,), reason=word, **own),
            BoxReplaced(at=at + 6, round=n, why=word),
            Faulted(at=at + 6, round=n, fault=Fault(id=word, kind=word, at=at, recovered=False)),
            TestsJudged(at=at + 7, round=n, own_tests=OwnTests(files=(word,), mutants=3, missing=word)),
        ]  # fmt: skip
    return found


def hostile_grade(word: str, round_: int, hand_in: int = 1) -> Grade:
    """A grade in which one group is red, and says so in `word`."""

    def groups(passed: bool) -> dict[str, GroupResult]:
        tests = {word: "" if passed else word}
        return {word: GroupResult(round=round_, weight=1, critical=True, passed=passed, tests=tests)}

    return Grade(
        round=round_, hand_in=hand_in, groups=groups(False), probes=groups(True), start_s=None, reason=word, wall_s=1,
        log=word,
    )  # fmt: skip


def hostile_patch(word: str) -> bytes:
    """A change of a file of that name, to lines that say it, under a heading that says it."""
    name = "".join(f"\\{byte:03o}" for byte in word.encode(errors="replace"))
    lines = word.encode(errors="replace").replace(b"\n", b"") or b" "
    head = f'diff --git "a/{name}.py" "b/{name}.py"\nindex 0..1 100644\n--- "a/{name}.py"\n+++ "b/{name}.py"\n'.encode()
    return head + b"@@ -1,2 +1,2 @@ " + lines + b"\n " + lines + b"\n-" + lines + b"\n+" + lines + b"\n"


def hostile_trajectory(word: str, steps: int = 2) -> Mapping[str, Any]:
    """Steps that say, run and are told `word`."""
    call = {"tool_call_id": word, "function_name": word, "arguments": {word: word, "other": [word, {word: word}]}}
    result = {"source_call_id": word, "content": word, "extra": {"is_error": True}}
    one = {
        "step_id": word, "source": word, "message": word, "reasoning_content": word, "model_name": word,
        "tool_calls": [call, {**call, "arguments": {"command": word}}], "observation": {"results": [result, result]},
        "metrics": {"prompt_tokens": 5, "cost_usd": word},
        "extra": {"round": 1, "hand_in": 1, "failed_calls": [dict.fromkeys(FAILED, word)]},
    }  # fmt: skip
    return {"schema_version": word, "agent": {"name": word}, "steps": [one] * steps}


def hostile_call(word: str, number: int = 1) -> Call:
    """A model call whose model, path and error are `word`."""
    return Call(
        id=number, at="2026-11-20T09:30:00+00:00", began_s=1.0, round=1, hand_in=1, between_turns=True, method="POST",
        path=word, protocol="messages", kind="generate", outcome="upstream_error", status=500, sent=True, model=word,
        error=word, fault=word, total_s=1.0, request="0" * 64,
    )  # fmt: skip


def store_hostile(run: Path, result: TrialResult, word: str, steps: int = 2, changed: int = 1) -> Path:
    """Store such a trial in a run folder; its folder."""
    home = run / "trials" / result.name
    (home / "models").mkdir(parents=True)
    (home / "result.json").write_text(result.model_dump_json())
    events = "".join(event.model_dump_json() + "\n" for event in hostile_events(word))
    (home / "events.jsonl").write_text(events)
    calls = [hostile_call(word, n) for n in range(1, 6)]
    (home / "models/ledger.jsonl").write_text("".join(call.model_dump_json() + "\n" for call in calls))
    (home / "trajectory.json").write_text(json.dumps(hostile_trajectory(word + SURROGATES, steps)))
    for n in (1, 2):
        for hand_in, place in ((1, home / f"rounds/{n}-fix/hand-in-1"), (2, home / f"rounds/{n}-fix")):
            place.mkdir(parents=True, exist_ok=True)
            (place / "grade.json").write_text(hostile_grade(word, n, hand_in).model_dump_json())
            (place / "diff.patch").write_bytes(hostile_patch(word) * changed)
            (place / "message.md").write_text(word)
    return home
