"""Agents: what works in a box between a message and a hand-in.

`load_agent` turns what a person typed after `--agent` into a maker of agents, one agent a trial.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from harness.agents.protocol import Agent, AgentError, Turn, TurnEnd

if TYPE_CHECKING:
    from harness.gateway import Session

__all__ = ["Agent", "AgentError", "AgentMaker", "Turn", "TurnEnd", "load_agent"]

Models = Literal["none", "its own", "one"]


@dataclass(frozen=True)
class AgentMaker:
    """Makes a new agent for one trial, from the task's reference patches by round and its access to models.

    `models` says what it needs: no access, access with model names of its own, or access to the one named by --model;
    `provider` whose protocol it speaks ("openai", "anthropic", "google"), None where only its users know.
    `task` is the only one it can do, if there is only one; `by_hand` says that a person must be at the terminal.
    """

    make: Callable[[Mapping[int, bytes], Session | None], Agent]
    models: Models = "none"
    provider: str | None = None
    task: str | None = None
    by_hand: bool = False

    def __call__(self, patches: Mapping[int, bytes], session: Session | None = None) -> Agent:
        """A new agent."""
        return self.make(patches, session)


def _nop(_: Mapping[int, bytes], session: Session | None) -> Agent:
    from harness.agents.nop import Nop

    return Nop()


def _reference(patches: Mapping[int, bytes], session: Session | None) -> Agent:
    from harness.agents.reference import Reference

    return Reference(patches)


def _chat(_: Mapping[int, bytes], session: Session | None) -> Agent:
    from harness.agents.chat import Chat

    assert session, "an agent that needs models was made without access"  # noqa: S101
    return Chat(session)


def _human(_: Mapping[int, bytes], session: Session | None) -> Agent:
    from harness.agents.human import Human

    return Human()


BUILT_IN: Mapping[str, AgentMaker] = {
    "chat": AgentMaker(_chat, "one", "openai"),
    "human": AgentMaker(_human, by_hand=True),
    "nop": AgentMaker(_nop),
    "reference": AgentMaker(_reference),
}


def load_agent(text: str) -> tuple[str, AgentMaker]:
    """The name for results and the maker behind a built-in name, an agent file or `module:Class`.

    Raises `AgentError`, with what is possible, before anything is started.
    """
    # `reference-2` is the reference in its second shape; which patches that means is the task's to say.
    base, _, shape = text.rpartition("-")
    if base == "reference" and shape.isdigit() and int(shape) >= 1:
        return text, BUILT_IN[base]
    if text in BUILT_IN:
        return text, BUILT_IN[text]
    if text.endswith(".toml"):
        from harness.agents.command import CommandAgent, load_agent_file

        spec = load_agent_file(Path(text))
        named, access = spec.command.names("model"), spec.command.names("gateway_url")
        models: Models = "one" if named else "its own" if access else "none"
        return spec.name, AgentMaker(lambda _, session: CommandAgent(spec, session), models)
    module, colon, name = text.partition(":")
    if module == "replay":
        return _replay(Path(name))
    if colon:
        return name, _from_class(text, module, name)
    near = difflib.get_close_matches(text, BUILT_IN, n=1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    raise AgentError(
        f"There is no agent `{text}`. {hint}It may be a built-in name ({', '.join(sorted(BUILT_IN))}), "
        "a path to an agent file that ends in .toml, `module:Class`, or `replay:RUN/trials/NAME`."
    )


def _replay(trial: Path) -> tuple[str, AgentMaker]:
    from harness.agents.replay import Replay, read_recorded

    recorded = read_recorded(trial)
    name = f"replay-{recorded.agent.removeprefix('replay-')}"
    return name, AgentMaker(lambda _, session: Replay(recorded), task=recorded.task)


def _from_class(text: str, module: str, name: str) -> AgentMaker:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        made = getattr(importlib.import_module(module), name)
    except Exception as error:  # a module's own code runs here
        raise AgentError(f"The agent `{text}` cannot be imported: {type(error).__name__}: {error}.") from error
    finally:
        sys.path.remove(here)
    missing = [member for member in ("files", "enter", "turn", "leave") if not hasattr(made, member)]
    if missing:
        raise AgentError(f"`{text}` is not an agent: it has no {', '.join(missing)} (see harness/agents/protocol.py).")
    models: Models = getattr(made, "models", "none")
    if models == "none":
        return AgentMaker(lambda _, session: cast(Agent, made()))
    return AgentMaker(lambda _, session: cast(Agent, made(session)), models)
