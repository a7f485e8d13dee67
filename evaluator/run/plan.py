"""What a run consists of: checked before anything is started."""

from __future__ import annotations

import datetime
import difflib
import os
import platform
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evaluator.evidence import TrialResult, arm
from evaluator.run.folder import RunError, RunInfo, Shard, TaskRef
from evaluator.run.profile import Profile
from evaluator.run.shards import deal
from evaluator.task import Task, TaskError, find_tasks, load_task
from evaluator.task.variants import varied
from evaluator.trial.trial import TrialSpec
from harness.agents import Agent, AgentError, AgentMaker, load_agent

if TYPE_CHECKING:
    from harness.gateway import Session


@dataclass(frozen=True)
class Plan:
    """A run that can start. `trials` are all of its shard, also those a resumed run has already done; `tasks` are all
    that the whole run has.
    """

    info: RunInfo
    tasks: tuple[Task, ...]
    trials: tuple[TrialSpec, ...]
    agents: dict[str, AgentMaker]

    def agent(self, spec: TrialSpec, session: Session | None = None) -> Agent:
        """A new agent for one trial, with access to models through `session`."""
        chain = re.fullmatch(r"reference-(\d+)", spec.agent)
        return self.agents[spec.agent](spec.task.solution(int(chain[1]) if chain else 1), session)

    def calls_models(self, spec: TrialSpec | None = None) -> bool:
        """Whether a trial's agent calls models, or any does."""
        makers = self.agents.values() if spec is None else [self.agents[spec.agent]]
        return any(maker.models != "none" for maker in makers)

    def left(self, done: Sequence[TrialResult]) -> list[TrialSpec]:
        """The trials still to run: not finished, or ended by an infrastructure error."""
        finished = {result.name for result in done if result.outcome == "completed"}
        return [spec for spec in self.trials if spec.name not in finished]


def make_plan(
    agents: Sequence[str],
    tasks: Sequence[str],
    *,
    attempts: int,
    deadline_scale: float,
    sandbox: str,
    model: str | None = None,
    variants: Sequence[str] = (),
    twin: bool = False,
    control: bool = False,
    own_tests: bool = True,
    profile: Profile | None = None,
    shard: tuple[int, int] | None = None,
) -> Plan:
    """Load agents and tasks and lay out the trials: attempts outermost, so that an early stop leaves whole passes.

    With `twin` each trial has a clear twin, with `control` one for each later round, on the reference's state before
    it; they come after the trials that count. `shard` is (number, of): only that part of all these.

    Raises `AgentError`, `TaskError`.
    """
    profile = profile or Profile()
    makers: dict[str, AgentMaker] = {}
    for text in dict.fromkeys(agents):
        name, maker = load_agent(text)
        if name in makers:
            raise AgentError(f"`--agent {text}`: there is already an agent called {name}; results would mix.")
        if maker.models == "one" and not model:
            raise AgentError(f"`--agent {text}` works with any model; say which: --model NAME.")
        makers[name] = maker
    if model and all(maker.models == "none" for maker in makers.values()):
        raise AgentError("--model: none of the agents given takes a model.")
    loaded = with_variants([load_task(folder) for folder in task_folders(tasks)], variants)
    for name, maker in makers.items():
        other = next((task.id for task in loaded if maker.task not in (None, task.id)), None)
        if other:
            raise AgentError(f"{name} did the task {maker.task} and cannot do {other}: --task {maker.task}.")
    trials = [
        TrialSpec(
            agent,
            task,
            attempt,
            deadline_scale,
            variant,
            start,
            own_tests,
            profile.reply_s,
            profile.noise(task.id, attempt),
        )
        for attempt in range(1, attempts + 1)
        for arms in (False, True)
        for task in loaded
        for agent in makers
        for variant, start in _arms(task, arms=arms, twin=twin, control=control)
    ]
    part = None
    if shard:
        trials = deal(trials, shard[1])[shard[0] - 1]
        part = Shard(number=shard[0], of=shard[1], trials=sum(not arm(spec.variant, spec.start) for spec in trials))
    now = datetime.datetime.now(datetime.UTC)
    info = RunInfo(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        created=now.isoformat(timespec="seconds"),
        agents=tuple(makers),
        tasks=tuple(_ref(task) for task in loaded),
        attempts=attempts,
        deadline_scale=deadline_scale,
        sandbox=sandbox,
        model=model,
        models={name: model for name, maker in makers.items() if model and maker.models != "none"},
        profile=profile,
        shard=part,
        twin=twin,
        control=control,
        own_tests=own_tests,
        versions={"relaybench": version("relaybench"), "python": platform.python_version()},
        machine={"system": platform.platform(), "cpus": str(os.cpu_count() or 0), "python": sys.implementation.name},
    )
    return Plan(info, tuple(loaded), tuple(trials), makers)


def _arms(task: Task, *, arms: bool, twin: bool, control: bool) -> Iterator[tuple[Literal["vague", "clear"], int]]:
    """(variant, start) of the trial that counts, or of the arms that serve a comparison."""
    if not arms:
        yield "vague", 1
        return
    if twin:
        yield "clear", 1
    if control:
        yield from (("vague", round_.number) for round_ in task.rounds[1:])


def check_resumable(old: RunInfo, new: RunInfo) -> None:
    """Raises `RunError` when the new command asks for something else than the run in the folder did."""
    for key in (
        "agents", "attempts", "shard", "deadline_scale", "sandbox", "model", "profile", "twin", "control", "own_tests",
    ):  # fmt: skip
        asked, asks = getattr(old, key), getattr(new, key)
        if set(asked) != set(asks) if key == "agents" else asked != asks:
            raise RunError(
                f"This run was started with {key} = {_shown(asked)}, not {_shown(asks)}. "
                "Resume it as it was started, or choose another --run-dir."
            )
    was, now = ({task.id: task.digest for task in info.tasks} for info in (old, new))
    if was.keys() != now.keys():
        raise RunError(f"This run was started with tasks {', '.join(was)}, not {', '.join(now)}.")
    changed = [task for task in was if was[task] != now[task]]
    if changed:
        raise RunError(
            f"Task {changed[0]} has changed since this run began; its trials would not compare. Start a new run."
        )


def _ref(task: Task) -> TaskRef:
    return TaskRef(id=task.id, version=task.manifest.version, digest=task.digest, folder=task.folder.name)


def task_folders(names: Sequence[str]) -> list[Path]:
    """Task folders from names (below ./task_repos) and paths; all of them when none is named."""
    known = {folder.name: folder for folder in find_tasks(Path("task_repos"))}
    if not names:
        if not known:
            raise TaskError("No task is named, and there are none in ./task_repos. Give one by path: --task DIR.")
        return list(known.values())
    return [_folder(name, known) for name in dict.fromkeys(names)]


def with_variants(tasks: Sequence[Task], variants: Sequence[str]) -> list[Task]:
    """The tasks, each followed by the variants asked for. Raises `TaskError`."""
    return [made for task in tasks for made in (task, *(varied(task, name) for name in dict.fromkeys(variants)))]


def _folder(name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    if (Path(name) / "task.toml").is_file():
        return Path(name)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    here = f"Known in ./task_repos: {', '.join(known)}." if known else "There is no ./task_repos here."
    raise TaskError(f"There is no task `{name}`: neither a name nor a folder with a task.toml. {hint}{here}")


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
