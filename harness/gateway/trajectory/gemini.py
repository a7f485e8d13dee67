"""Google's generateContent. Calls have no ids worth the name: a result answers the first open call of its name."""

from __future__ import annotations

from collections.abc import Iterator

from harness.gateway.trajectory.parts import (
    Draft,
    Item,
    Json,
    Result,
    Said,
    ToolCall,
    arguments,
    obj,
    objects,
    string,
    text_of,
    tool,
)


def request(body: Json) -> Iterator[Item]:
    """What a request repeats of the conversation. Calls are numbered through it."""
    if system := text_of(obj(body.get("systemInstruction") or body.get("system_instruction")).get("parts")):
        yield Said("system", system)
    open_calls: list[ToolCall] = []
    count = 0
    for content in objects(body.get("contents")):
        parts = list(objects(content.get("parts")))
        if content.get("role") == "model":
            said = _model(parts, count) or Said("agent", "")
            count += len(said.calls)
            open_calls += said.calls
            yield said
            continue
        words = []
        for part in parts:
            if "functionResponse" in part:
                about = obj(part["functionResponse"])
                call = next((one for one in open_calls if one.name == about.get("name")), None)
                if call:
                    open_calls.remove(call)
                    yield _result(call.id, about.get("response"))
            elif text := text_of(part):
                words.append(text)
        if words:
            yield Said("user", "\n".join(words))


def reply(contents: list[Json], earlier_calls: int = 0) -> Said | None:
    """What a reply says, plain or in pieces; its calls are numbered on from those of its request."""
    parts = []
    for content in contents:
        for candidate in list(objects(content.get("candidates")))[:1]:
            parts += list(objects(obj(candidate.get("content")).get("parts")))
    return _model(parts, earlier_calls)


def tools(body: Json) -> list[Json]:
    """The tools offered."""
    found = (one for group in objects(body.get("tools")) for one in objects(group.get("functionDeclarations")))
    return [
        tool(one.get("name"), one.get("description"), one.get("parametersJsonSchema") or one.get("parameters"))
        for one in found
    ]


def _model(parts: list[Json], count: int) -> Said | None:
    draft = Draft()
    for part in parts:
        if "functionCall" in part:
            about = obj(part["functionCall"])
            number = count + len(draft.calls) + 1
            draft.calls.append(ToolCall(f"call-{number}", string(about.get("name")), arguments(about.get("args"))))
        elif part.get("thought") is True:
            draft.reasoning.append(text_of(part))
        elif text := text_of(part):
            draft.text.append(text)
    return draft.said()


def _result(id_: str, response: object) -> Result:
    about = obj(response)
    if "error" in about:
        return Result(id_, text_of(about["error"]) or str(about["error"]), failed=True)
    return Result(id_, text_of(about.get("output", about.get("content", about.get("result")))) or str(about or ""))
