"""A session's calls as one ATIF document (Agent Trajectory Interchange Format, version 1.8).

Every answered call is an agent's step. Requests repeat the conversation so far: of each only what was not seen before
is taken, messages as steps of their own, tool results into the step that called. A client with several conversations
(titles, sub-agents) has them all here, in the order of the calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from harness.gateway.ledger import Call, totals
from harness.gateway.meter import parsed
from harness.gateway.trajectory import chat, gemini, messages, responses
from harness.gateway.trajectory.parts import Item, Json, Result, Said, contents

VERSION = "ATIF-v1.8"
_LARGEST = 64 << 20  # characters of text; a client that sends more than that has it in the bodies only
_DEEPEST = 60  # levels of JSON: of a tool's arguments, say
_CONVERTERS: dict[str, ModuleType] = {"chat": chat, "responses": responses, "messages": messages, "gemini": gemini}


def build_trajectory(
    calls: Iterable[Call], read: Callable[[str], bytes], *, agent: str, version: str, session: str
) -> Json:
    """The document. `read` gives a body by its name in the ledger; an `OSError` of it is a body that is missing.

    In `extra` of a step: round, hand_in, calls (of the gateway, by id), auxiliary, and what failed before it was
    answered (failed_calls, with the ids of planned faults). In `extra` of the document: calls never answered, and calls
    whose body could not be read, or that came when the document was full.
    """
    asked = sorted((call for call in calls if call.kind == "generate"), key=lambda call: call.id)
    writer = _Writer()
    for call in asked:
        if writer.size > _LARGEST:
            writer.unread.append(call.id)
            continue
        try:
            writer.add(call, _body(read, call.request), _body(read, call.response))
        except RecursionError:  # content that was nested to that end
            writer.unread.append(call.id)
    used = totals(asked)
    document: Json = {
        "schema_version": VERSION,
        "session_id": session,
        "agent": {
            "name": agent,
            "version": version,
            **({"model_name": writer.model} if writer.model else {}),
            **({"tool_definitions": writer.tools} if writer.tools else {}),
        },
        "steps": writer.steps,
        "final_metrics": {
            "total_prompt_tokens": used.input_tokens,
            "total_completion_tokens": used.output_tokens,
            "total_cached_tokens": used.cached_tokens,
            **({"total_cost_usd": used.dollars} if used.dollars is not None else {}),
            "total_steps": len(writer.steps),
        },
    }
    extra = {"unanswered_calls": writer.failed, "unread_calls": writer.unread}
    if found := {name: value for name, value in extra.items() if value}:
        document["extra"] = found
    stored: Json = _storable(document)
    return stored


def _body(read: Callable[[str], bytes], name: str | None) -> bytes:
    try:
        return read(name) if name else b""
    except (OSError, EOFError):  # EOFError: a file that was cut while it was written
        return b""


class _Writer:
    """The document in the making. `failed` are calls whose answer is still to come."""

    def __init__(self) -> None:
        self.steps: list[Json] = []
        self.tools: list[Json] = []
        self.model = ""
        self.failed: list[Json] = []
        self.unread: list[int] = []
        self.size = 0  # characters of text so far
        self._seen: Counter[tuple[str, str]] = Counter()  # how often a message was said
        self._callers: dict[str, list[Json]] = {}  # the steps of each tool call, by the call's id

    def add(self, call: Call, request: bytes, response: bytes) -> None:
        """Take in one call."""
        converter = _CONVERTERS.get(call.protocol)
        if converter is None:
            return
        body = parsed(request)
        if body is None:
            self.unread.append(call.id)
        items: list[Item] = list(converter.request(body)) if body else []
        self._request(call, items, goes_on=bool(body and body.get("previous_response_id")))
        if body and not call.auxiliary:
            self.tools = self.tools or converter.tools(body)
            self.model = self.model or call.model
        said = self._reply(call, converter, items, response) if call.outcome in ("ok", "hung_up") else None
        if said is None:
            failed = {"call": call.id, "outcome": call.outcome, "status": call.status, "fault": call.fault}
            self.failed.append({key: value for key, value in failed.items() if value is not None})
            return
        step = self._step(call, said)
        step["llm_call_count"] = 1
        if call.model:
            step["model_name"] = call.model
        step["metrics"] = _metrics(call)
        if self.failed:
            step["extra"]["failed_calls"], self.failed = self.failed, []

    def _reply(self, call: Call, converter: ModuleType, items: list[Item], response: bytes) -> Said | None:
        found = contents(response) if response else []
        said: Said | None
        if converter is gemini:
            said = gemini.reply(found, sum(len(item.calls) for item in items if isinstance(item, Said)))
        else:
            said = converter.reply(found)
        if said is None and call.outcome == "ok" and call.request:
            self.unread += [] if call.id in self.unread or found else [call.id]
            return Said("agent", "")  # it answered, if with nothing that can be read
        return said

    def _request(self, call: Call, items: list[Item], *, goes_on: bool) -> None:
        """What a request says that was not said before. `goes_on`: the server keeps the rest, all of it is new.

        Some servers use an id again for another call; then the request's are the last so many of that id, in order.
        """
        here: Counter[tuple[str, str]] = Counter(self._seen) if goes_on else Counter()
        to_come = Counter(one.id for item in items if isinstance(item, Said) for one in item.calls)
        callers: dict[str, Json] = {}
        for item in items:
            if isinstance(item, Result):
                steps = self._callers.get(item.id)
                if step := callers.get(item.id) or (steps[-1] if steps else None):
                    self.size += _observe(step, call, item)
                continue
            known = {one.id: found for one in item.calls if (found := self._caller(one.id, to_come[one.id]))}
            to_come.subtract(one.id for one in item.calls)
            key = (item.source, item.text.strip())
            here[key] += 1
            if item.calls and not known:
                step = self._step(call, item)
                known = {one.id: step for one in item.calls}
            elif not item.calls and here[key] > self._seen[key]:
                self._step(call, item)
            callers.update(known)

    def _caller(self, id_: str, to_come: int) -> Json | None:
        """The step of a tool call of which a request names so many, this one and those to come."""
        steps = self._callers.get(id_, [])
        return steps[-to_come] if 0 < to_come <= len(steps) else None

    def _step(self, call: Call, said: Said) -> Json:
        self._seen[said.source, said.text.strip()] += 1
        self.size += len(said.text) + len(said.reasoning)
        extra: Json = {"round": call.round, "hand_in": call.hand_in, "calls": [call.id]}
        extra.update({"auxiliary": True} if call.auxiliary else {})
        extra.update({"fault": call.fault} if call.fault and said.source == "agent" else {})
        extra.update({"between_turns": True} if call.between_turns else {})
        step: Json = {
            "step_id": len(self.steps) + 1,
            "timestamp": call.at,
            "source": said.source,
            "message": said.text,
            "extra": extra,
        }
        if said.reasoning:
            step["reasoning_content"] = said.reasoning
        if said.calls:
            step["tool_calls"] = [
                {"tool_call_id": one.id, "function_name": one.name, "arguments": one.arguments} for one in said.calls
            ]
            for one in said.calls:
                self._callers.setdefault(one.id, []).append(step)
        self.steps.append(step)
        return step


def _observe(step: Json, call: Call, result: Result) -> int:
    """Enter a tool's result into the step that called it, once: later requests repeat it. Its size, if it was new."""
    results = step.setdefault("observation", {"results": []})["results"]
    if any(one["source_call_id"] == result.id for one in results):
        return 0
    told = {"told_by_call": call.id, **({} if result.failed is None else {"is_error": result.failed})}
    results.append({"source_call_id": result.id, "content": result.text, "extra": told})
    return len(result.text)


def _metrics(call: Call) -> Json:
    more = {
        "reasoning_tokens": call.reasoning_tokens,
        "cache_write_tokens": call.cache_write_tokens,
        "estimated": call.estimated,
        "first_byte_s": call.first_byte_s,
        "total_s": call.total_s,
    }
    return {
        "prompt_tokens": call.input_tokens,
        "completion_tokens": call.output_tokens,
        "cached_tokens": call.cached_tokens,
        **({} if call.dollars is None else {"cost_usd": call.dollars}),
        "extra": {key: value for key, value in more.items() if value},
    }


def _storable(value: Any, depth: int = 0) -> Any:
    """The same as a file can hold it: no lone surrogates, which JSON can spell, and no bottomless nesting."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if depth > _DEEPEST:
        return "[nested too deep]"
    if isinstance(value, list):
        return [_storable(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(one, depth + 1) for key, one in value.items()}
    return value
