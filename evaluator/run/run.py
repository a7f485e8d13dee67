"""One `relaybench run`, from what was asked to a summary on disk."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.run.budget import Budget, check_price
from evaluator.run.execute import Watcher, execute
from evaluator.run.folder import RunError, RunFolder, read_info, read_results
from evaluator.run.forecast import Forecast, earlier_trials, forecast
from evaluator.run.hosts import open_host, remove_orphans
from evaluator.run.plan import Plan, check_resumable, make_plan
from evaluator.run.profiles import load_profile
from evaluator.run.rescore import rescore_open
from evaluator.run.results.summary import summarise
from evaluator.run.shards import parse_shard
from evaluator.run.stored_tasks import store_reference, store_task
from evaluator.trial.trial import TrialSpec
from harness.agents import AgentError
from harness.agents.human import NO_SHELL, check_hands

if TYPE_CHECKING:
    from harness.gateway import Gateway, Upstream

RUNS = Path("runs")


@dataclass(frozen=True)
class Request:
    """What a person asked for."""

    agents: tuple[str, ...]
    tasks: tuple[str, ...] = ()
    attempts: int = 1
    jobs: int = 1
    sandbox: str = "auto"
    runtime: str | None = None
    deadline_scale: float = 1.0
    run_dir: Path | None = None
    resume: bool = False
    model: str | None = None
    variants: tuple[str, ...] = ()
    twin: bool = False
    control: bool = False
    own_tests: bool = True
    max_usd: float | None = None
    profile: str | None = None
    shard: str | None = None


def run(request: Request, watcher: Watcher) -> tuple[Path, dict[str, Any]]:
    """Run what was asked; the run's folder and its summary.

    Raises `AgentError`, `GatewayError`, `TaskError`, `RunError`, `SandboxError` in one paragraph each, the last three
    also half-way:
    finished trials are kept, and the same request with `resume` goes on.
    """
    plan = plan_of(request)
    check_price(plan.info.model, request.max_usd)
    path = request.run_dir or RUNS / plan.info.id
    _check_place(path, resume=request.resume)
    if by_hand := any(maker.by_hand for maker in plan.agents.values()):
        check_hands(jobs=request.jobs)
    providers = _providers(plan) if plan.calls_models() else None
    host = open_host(request.sandbox, plan.info.id, watcher.say, runtime=request.runtime)
    if by_hand and host.kind == "bubblewrap":
        raise AgentError(NO_SHELL)
    for name in remove_orphans():
        watcher.say(f"removed {name}, left by a run that was killed")
    installed: dict[str, str] = {}
    for maker in plan.agents.values():
        installed |= maker.prepare(host.kind, watcher.say)
    with RunFolder(path) as folder:
        # What "auto" came to: kinds do not mix in a run.
        info = plan.info.model_copy(update={"sandbox": host.kind, "versions": {**plan.info.versions, **installed}})
        old = folder.info()
        if old:
            check_resumable(old, info)
        else:
            folder.write_info(info)
        for task in plan.tasks:  # also those of other shards: whichever arrive can be scored again together
            store_task(path, task)
        done = read_results(path)
        left = plan.left(done)
        budget = Budget(request.max_usd, sum(result.dollars or 0.0 for result in done))
        watcher.planned(path, left, budget.spent)
        if left:
            try:
                with _gateway(providers) as gateway:
                    execute(
                        plan, left, folder, host, jobs=request.jobs, watcher=watcher, gateway=gateway, budget=budget
                    )
            finally:
                folder.write_summary(summarise(read_results(path)))
        for task in plan.tasks:
            store_reference(path, task)
        results = read_results(path)
        paired = any(result.arm for result in results)  # what arms say of the others is known only now
        summary = rescore_open(folder).summary if paired else summarise(results)
        folder.write_summary(summary)
    return path, summary


def dry_run(request: Request) -> Forecast:
    """What a run would take; nothing is started or written. Raises what `run` raises before its first trial."""
    plan = plan_of(request)
    check_price(plan.info.model, request.max_usd)
    path = request.run_dir or RUNS / plan.info.id
    _check_place(path, resume=request.resume)
    trials: Sequence[TrialSpec] = plan.trials
    if request.resume and (path / "run.json").exists():
        # The kind of box that "auto" comes to is known only where boxes are.
        check_resumable(old := read_info(path), plan.info.model_copy(update={"sandbox": old.sandbox}))
        trials = plan.left(read_results(path))
    return forecast(plan, trials, earlier_trials(RUNS), request.jobs)


def plan_of(request: Request) -> Plan:
    """What was asked for, laid out. Raises `AgentError`, `TaskError`, `RunError`."""
    return make_plan(
        request.agents,
        request.tasks,
        attempts=request.attempts,
        deadline_scale=request.deadline_scale,
        sandbox=request.sandbox,
        model=request.model,
        variants=request.variants,
        twin=request.twin,
        control=request.control,
        own_tests=request.own_tests,
        profile=load_profile(request.profile),
        shard=parse_shard(request.shard) if request.shard else None,
    )


def _providers(plan: Plan) -> dict[str, Upstream]:
    """The model providers of this machine's environment, which were asked whether they can work at all."""
    from harness.gateway import check, read_upstreams

    needed = {maker.provider for maker in plan.agents.values() if maker.provider}
    found = read_upstreams(os.environ, needed)
    check(found, plan.info.model, needed)
    return found


@contextlib.contextmanager
def _gateway(providers: dict[str, Upstream] | None) -> Iterator[Gateway | None]:
    if providers is None:
        yield None
        return
    from harness.gateway import Gateway

    with Gateway(providers) as gateway:
        yield gateway


def _check_place(path: Path, *, resume: bool) -> None:
    there = (path / "run.json").exists()
    if resume and not path.exists():
        raise RunError(f"{path} does not exist. Name the run to go on with by --run-dir (runs lie in ./runs).")
    if there and not resume:
        raise RunError(f"{path} already holds a run. Add --resume to go on with it, or choose another --run-dir.")
    # A run killed in its first moments has no run.json yet; it may be taken up as a new one.
    if not there and path.is_dir() and any(e.name != "trials" and not e.name.startswith(".") for e in path.iterdir()):
        raise RunError(f"{path} is not empty and holds no run. Choose another --run-dir.")
