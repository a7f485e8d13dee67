"""What an agent did and which faults it met, from its trajectory (ATIF) and the gateway's ledger.

Kinds are read off tool names and shell commands, so they are a good guess and no proof: a program that writes files is
a command, whatever it writes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from evaluator.evidence import Acted, Action, Fault, Faulted

if TYPE_CHECKING:
    from harness.gateway import Call

Kind = Literal["command", "edit", "test", "question", "other"]
TEXT = 300  # characters of an action; see `Action.text`

_EDITING = re.compile(r"edit|write|patch|replace|insert|create_?file|update_file|delete_file", re.IGNORECASE)
_ASKING = re.compile(r"^ask_?(reporter|user)", re.IGNORECASE)
_TESTING = re.compile(
    r"(^|/)(pytest|py\.test|tox|nox|jest|vitest|mocha|ctest)$|^python[0-9.]* -m (pytest|unittest)\b"
    r"|^python[0-9.]* (\S*/)?(test_\S*|\S*_test)\.py\b|^(npm|pnpm|yarn|bun|cargo|go|make|mvn|gradle|dotnet) (run )?"
    r"(test|check)\b|^node --test\b|^npx (jest|vitest|mocha)\b"
)
_WRITING = re.compile(
    r"^(apply_patch|patch|tee|ed|truncate|rm|mv|cp)\b|^git (apply|mv|rm|checkout|restore|revert|stash)\b"
    r"|^sed\b.* (-[a-zA-Z]*i|--in-place)|^perl\b.* -[a-zA-Z]*i"
)
_BEFORE = re.compile(r"^(?:[A-Za-z_]\w*=\S*|timeout (?:-\S+ )*\S+|env|time|(?:uv|poetry|pipenv) run|npx|sudo|nice) ")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1(?P<rest>[^\n]*)(?:\n.*?)??(?:\n[ \t]*\2[ \t]*(?=\n|$)|\Z)", re.DOTALL)
_NOWHERE = re.compile(r"^(&?\d+|&-|/dev/\S+|/tmp/\S*)$")
_STATUS = re.compile(
    r"(?:exit(?:ed)?(?: with)?[ _](?:status|code)|returncode|exit_code)[\"'>:\s=]{0,3}\s*(-?\d+)", re.IGNORECASE
)
_KILLED = re.compile(r"\[killed after|timed out after|command timed out", re.IGNORECASE)
LONGEST, LONGEST_PART = 20_000, 500  # characters of a command, and of a part of it, that are looked at
_READ = 400  # characters at each end of an output in which its status is looked for


def acted(trajectory: Mapping[str, Any], calls: Iterable[Call]) -> list[Acted]:
    """The actions of each turn in which a model answered that was offered tools; none where it was not.

    An agent whose model writes its commands into its text is one whose actions are not known.
    """
    known = {call.id: call for call in calls}
    turns: dict[tuple[int, int], list[Action]] = {}
    uses_tools = bool(trajectory["agent"].get("tool_definitions"))
    for step in trajectory["steps"]:
        extra = step["extra"]
        if not uses_tools or step["source"] != "agent" or extra.get("auxiliary"):
            continue
        call = known[extra["calls"][0]]
        done = turns.setdefault((extra["round"], extra["hand_in"]), [])
        done += _actions(step, round(call.began_s + call.total_s, 3))
    return [
        Acted(at=done[-1].at if done else 0.0, round=number, hand_in=hand_in, actions=tuple(done))
        for (number, hand_in), done in turns.items()
        if number
    ]


def faulted(calls: Sequence[Call]) -> list[Faulted]:
    """The planned faults that reached the agent, one a round and rule, however often it struck.

    It recovered when, after the last strike, a call of that round was answered; a mere delay is survived by its answer.
    """
    asked = [call for call in calls if call.kind == "generate" and call.round]
    struck: dict[tuple[int, str], list[Call]] = {}
    for call in asked:
        if call.fault and call.fault_reached:
            struck.setdefault((call.round, call.fault), []).append(call)
    events = []
    for (number, name), strikes in struck.items():
        last = max(call.id for call in strikes)
        recovered = any(call.outcome == "ok" and call.round == number and call.id >= last for call in asked)
        first = strikes[0]
        fault = Fault(id=name, kind=_kind_of_fault(first), at=first.began_s, recovered=recovered)
        events.append(Faulted(at=first.began_s, round=number, fault=fault))
    return events


def _kind_of_fault(call: Call) -> str:
    if call.outcome != "fault":
        return "delay"
    if call.status is None:
        return "drop"
    return f"status {call.status}" if call.status >= 400 else "cut stream"


def _actions(step: Mapping[str, Any], at: float) -> Iterator[Action]:
    results = {one["source_call_id"]: one for one in step.get("observation", {}).get("results", ())}
    for call in step.get("tool_calls", ()):
        name, given = call["function_name"], call["arguments"]
        ok = _went_well(results.get(call["tool_call_id"]))
        command = shell_command(name, given)
        if command is None:
            yield Action(at=at, kind=_tool_kind(name, given), text=_short(f"{name} {_about(given)}"), ok=ok)
            continue
        kinds = command_kinds(command)
        for n, kind in enumerate(kinds):
            # The status is the last part's; those before it went well if that did.
            yield Action(at=at, kind=kind, text=_short(command), ok=ok if n == len(kinds) - 1 or ok else None)


def shell_command(name: str, given: Mapping[str, Any]) -> str | None:
    """The shell command that a tool call runs, None if it is no such call."""
    if _EDITING.search(name):
        return None
    command = given.get("command", given.get("cmd"))
    if isinstance(command, list) and all(isinstance(part, str) for part in command):
        wrapped = len(command) == 3 and re.fullmatch(r"-[a-z]*c", command[1])
        return str(command[2]) if wrapped else shlex.join(command)
    return command if isinstance(command, str) else None


def command_kinds(command: str) -> tuple[Kind, ...]:
    """What a shell command does, in order and each once in a row; ("command",) where it is nothing in particular."""
    kinds: list[Kind] = []
    for part in _parts(_HEREDOC.sub(r"<< heredoc \g<rest>", command[:LONGEST])):
        kind = _part_kind(part)
        if kind != "command" and kinds[-1:] != [kind]:
            kinds.append(kind)
    return tuple(kinds) or ("command",)


def _part_kind(words: list[str]) -> Kind:
    targets = [after for word, after in itertools.pairwise(words) if word in (">", ">>", ">|", "&>")]
    text = " ".join(words)[:LONGEST_PART]
    while found := _BEFORE.match(text):
        text = text[found.end() :]
    first = text.partition(" ")[0]
    if first in ("ask-reporter", "ask_reporter"):
        return "question"
    if first in ("sh", "bash") and len(words) == 3 and words[1] in ("-c", "-lc"):
        return command_kinds(words[2])[-1]
    if _TESTING.search(text) or _TESTING.search(first):
        return "test"
    if _WRITING.search(text) or any(not _NOWHERE.match(target) for target in targets):
        return "edit"
    return "command"


def _parts(command: str) -> Iterator[list[str]]:
    """The simple commands of a shell text, as words; redirections stay in them."""
    reader = shlex.shlex(command, posix=True, punctuation_chars="();<>|&\n")
    reader.whitespace, reader.whitespace_split, reader.commenters = " \t\r", True, "#"
    words: list[str] = []
    try:
        for word in reader:
            if word.strip("();|&\n") == "" and word != "&":
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:  # a quote that is not closed
        words = []
    yield words


def _tool_kind(name: str, given: Mapping[str, Any]) -> Kind:
    if _ASKING.search(name):
        return "question"
    return (
        "edit" if _EDITING.search(name) and given.get("command") != "view" and "todo" not in name.lower() else "other"
    )


def _about(given: Mapping[str, Any]) -> str:
    """A tool call's arguments: whole where they are short, else what they are about and a hash, to tell them apart."""
    text = json.dumps(given, ensure_ascii=False, sort_keys=True)
    if len(text) <= 200:
        return text
    places = (given.get(key) for key in ("file_path", "path", "filePath", "absolute_path", "filename"))
    return next((place for place in places if isinstance(place, str)), "") + f" #{_hash(text)}"


def _went_well(result: Mapping[str, Any] | None) -> bool | None:
    """Whether an action succeeded, by what its tool reported: its status, else what the protocol says."""
    if result is None:
        return None
    text, failed = result.get("content") or "", result["extra"].get("is_error")
    ends = text if len(text) <= 2 * _READ else f"{text[:_READ]}\n{text[-_READ:]}"
    if _KILLED.search(ends):
        return False
    statuses = _STATUS.findall(ends)
    if statuses:
        return int(statuses[-1]) == 0
    return None if failed is None else not failed


def _short(text: str) -> str:
    """At most `TEXT` characters; what was cut is told apart by a hash."""
    text = text.strip()
    return text if len(text) <= TEXT else f"{text[: TEXT - 12]}… #{_hash(text)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
