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

from harness.agents.protocol import Agent, AgentError, Turn, TurnEnd, needs_of

if TYPE_CHECKING:
    from harness.gateway import Session
    from harness.sandbox import SandboxHost

__all__ = ["Agent", "AgentError", "AgentMaker", "Turn", "TurnEnd", "load_agent", "needs_of"]

Models = Literal["none", "its own", "one"]


@dataclass(frozen=True)
class AgentMaker:
    """Makes a new agent for one trial, from the task's reference patches by round and its access to models.

    `models` says what it needs: no access, access with model names of its own, or access to the one named by --model;
    `provider` whose protocol it speaks ("openai", "anthropic", "google"), None where only its users know. `prepare` is
    called before the first trial, with the kind of box and somebody to tell: it installs what the agent needs, and
    returns what a run's record shall say of it; then `check`, with what opens boxes and each image, which raises
    `AgentError` when the agent cannot be started there. `task` is the only one it can do, if there is only one;
    `by_hand` says that a person must be at the terminal.
    """

    make: Callable[[Mapping[int, bytes], Session | None], Agent]
    models: Models = "none"
    provider: str | None = None
    prepare: Callable[[str, Callable[[str], None]], dict[str, str]] = lambda kind, say: {}
    check: Callable[[SandboxHost, str], None] = lambda host, image: None
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
        return _from_file(Path(text))
    if text in presets():
        return _from_file(presets()[text])
    module, colon, name = text.partition(":")
    if module == "replay":
        return _replay(Path(name))
    if colon:
        return name, _from_class(text, module, name)
    possible = sorted([*BUILT_IN, *presets()])
    near = difflib.get_close_matches(text, possible, n=1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    raise AgentError(
        f"There is no agent `{text}`. {hint}It may be a built-in name ({', '.join(possible)}), "
        "a path to an agent file that ends in .toml, `module:Class`, or `replay:RUN/trials/NAME`."
    )


def _replay(trial: Path) -> tuple[str, AgentMaker]:
    from harness.agents.replay import Replay, read_recorded

    recorded = read_recorded(trial)
    name = f"replay-{recorded.agent.removeprefix('replay-')}"
    return name, AgentMaker(lambda _, session: Replay(recorded), task=recorded.task)


def presets() -> dict[str, Path]:
    """The agent files that come with relaybench, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "presets").glob("*.toml"))}


def _from_file(path: Path) -> tuple[str, AgentMaker]:
    from harness.agents.agent_file import load_agent_file
    from harness.agents.command import CommandAgent, check_starts
    from harness.agents.install import Installed, ensure_install

    spec = load_agent_file(path)
    installed: list[Installed] = []

    def prepare(kind: str, say: Callable[[str], None]) -> dict[str, str]:
        if spec.install is None:
            return {}
        installed[:] = [ensure_install(spec.name, spec.install, kind, say)]
        packages = ", ".join([*spec.install.npm, *spec.install.pip[:1]])
        return {spec.name: f"{packages} (box: at least {spec.memory_mb} MiB of memory, {spec.pids} processes)"}

    def make(_: Mapping[int, bytes], session: Session | None) -> Agent:
        return CommandAgent(spec, session, *installed)

    def check(host: SandboxHost, image: str) -> None:
        check_starts(spec, installed[0] if installed else None, host, image)

    models: Models = "one" if spec.names("model") else "its own" if spec.names("gateway_url") else "none"
    return spec.name, AgentMaker(make, models, spec.provider, prepare, check)


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
