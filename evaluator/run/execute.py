"""Runs the trials of a plan in threads and stores each as it ends.

A trial waits on boxes nearly all of its time, so threads are enough. Each job has its own bench (a warm oracle) and
takes the next trial when it is done with one.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from evaluator.evidence import Event, TrialResult
from evaluator.run.budget import Budget
from evaluator.run.folder import RunError, RunFolder
from evaluator.run.plan import Plan
from evaluator.run.threads import in_threads
from evaluator.trial.grading import Bench
from evaluator.trial.trial import TrialSpec, run_trial
from harness.agents import Agent
from harness.sandbox import EngineUnavailable, SandboxError, SandboxHost

if TYPE_CHECKING:
    from harness.gateway import Gateway, Session, Usage

TRIES = 2  # a trial that the host's failure ended is run once more
PATIENCE_S = 20.0  # and waits as long for an engine that is being restarted,
POLL_S = 0.5  # asking for it so often


class Watcher(Protocol):
    """Who is told what happens; called from several threads."""

    def planned(self, run_dir: Path, trials: Sequence[TrialSpec], spent: float) -> None:
        """The run's folder is there and these trials will run; those that are there already cost `spent` dollars."""

    def say(self, line: str) -> None:
        """Something a person may want to know (an image is built, ...)."""

    def began(self, spec: TrialSpec) -> None:
        """A trial began."""

    def metered(self, spec: TrialSpec, usage: Callable[[], Usage]) -> None:
        """A trial's agent may call models from now on; `usage` is what it has used so far, whenever it is called."""

    def event(self, spec: TrialSpec, event: Event) -> None:
        """Something happened in a trial."""

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        """A trial was stored."""


def execute(
    plan: Plan,
    trials: Sequence[TrialSpec],
    folder: RunFolder,
    host: SandboxHost,
    *,
    jobs: int,
    watcher: Watcher,
    gateway: Gateway | None = None,
    budget: Budget | None = None,
) -> None:
    """Run `trials`, at most `jobs` at a time, none after `budget` is reached.

    On KeyboardInterrupt every box is removed, then it is raised again.

    Raises `ImageError` and `AgentError` before the first trial, `RunError` when the folder cannot be written.
    """
    images = {
        spec.task.id: host.image(spec.task.manifest.language, spec.task.requirements, watcher.say) for spec in trials
    }
    for place in dict.fromkeys((folder.path, *(spec.task.folder for spec in trials))):
        if host.shows(place):
            raise RunError(
                f"{place} lies where {host.kind} boxes can read it, answers and all. Move it out of /usr and of "
                "Python's own folder, or use --sandbox docker."
            )
    for maker in plan.agents.values():
        for image in dict.fromkeys(images.values()):
            maker.check(host, image)
    if gateway and not all(host.reaches_sockets(image) for image in images.values()):
        watcher.say(
            "Boxes cannot reach a socket of this machine's (is the engine elsewhere?): their model calls go over the "
            "engine's own streams, which costs some milliseconds a call."
        )
    crew = _Crew(plan, trials, folder, host, images, watcher, gateway, budget or Budget())

    def stop() -> None:
        crew.stop.set()
        watcher.say("stopping: boxes are being removed (once more to leave at once)")
        host.remove_all()  # whatever a job waits for ends now

    try:
        in_threads(crew.work, min(jobs, len(trials)), stop=stop)
    finally:
        with contextlib.suppress(SandboxError):  # what was being opened meanwhile, or closed while an engine was away
            host.remove_all()
    if crew.broken:
        raise crew.broken
    if left := crew.left():
        watcher.say(left)


class _Crew:
    """The jobs and what they share."""

    def __init__(
        self,
        plan: Plan,
        trials: Sequence[TrialSpec],
        folder: RunFolder,
        host: SandboxHost,
        images: dict[str, str],
        watcher: Watcher,
        gateway: Gateway | None,
        budget: Budget,
    ) -> None:
        self._gateway, self._budget = gateway, budget
        self._plan, self._folder, self._host, self._images, self._watcher = plan, folder, host, images, watcher
        self._todo: queue.SimpleQueue[TrialSpec] = queue.SimpleQueue()
        for spec in trials:
            self._todo.put(spec)
        self.stop = threading.Event()
        self.broken: BaseException | None = None

    def work(self) -> None:
        """One job: trials until there are none left."""
        try:
            with Bench(self._host, self._watcher.say) as bench:
                while not (self.stop.is_set() or self._budget.reached):
                    try:
                        spec = self._todo.get_nowait()
                    except queue.Empty:
                        return
                    self._run(spec, bench)
        except BaseException as error:
            if not self.stop.is_set():
                self.broken = error
                self.stop.set()

    def left(self) -> str:
        """Why trials are left that nobody began, "" when there are none."""
        count, budget = self._todo.qsize(), self._budget
        if not (count and budget.reached):
            return ""
        return (
            f"Stopped: the trials came to {budget.spent:.2f} dollars, and --max-usd is {budget.most:g}. {count} are "
            "left; finished ones are kept. Go on with the same command, a larger --max-usd and --resume --run-dir "
            f"{self._folder.path}"
        )

    def _run(self, spec: TrialSpec, bench: Bench) -> None:
        image = self._images[spec.task.id]
        for attempt in range(1, TRIES + 1):
            self._watcher.began(spec)
            started = time.monotonic()
            events: list[Event] = []
            try:
                if attempt > 1:  # it may be the image that is missing now
                    image = self._image(spec)
                with (
                    self._folder.scratch(spec.name) as scratch,
                    self._folder.live(spec.name) as live,
                    self._agent(spec) as (agent, session),
                ):

                    def watch(event: Event, events: list[Event] = events, live: Callable[[Event], None] = live) -> None:
                        events.append(event)
                        live(event)
                        self._watcher.event(spec, event)

                    record = run_trial(
                        spec,
                        agent,
                        self._host,
                        bench,
                        image,
                        scratch=scratch,
                        watch=watch,
                        models=session,
                    )
            except Exception as error:
                if self.stop.is_set():
                    return
                known = isinstance(error, SandboxError)
                if not known:
                    self._folder.check_room()
                trace = "" if known else traceback.format_exc()
                result = _failure(spec, self._host, str(error) if known else _bug(error), started)
                if known and attempt < TRIES:
                    self._watcher.say(f"{spec.name}: {error} Trying again.")
                    self._wait_for_host()
                    bench.drop_warm()
                    continue
                self._folder.save_failure(result, events, trace)
                if known:
                    self._wait_for_host()  # or every trial that is left would fail the same way
            else:
                if self.stop.is_set():  # its boxes may have been removed under it
                    return
                result = record.result
                self._folder.save(record)
            self._watcher.ended(spec, result)
            return

    @contextlib.contextmanager
    def _agent(self, spec: TrialSpec) -> Iterator[tuple[Agent, Session | None]]:
        """A trial's agent, with a session of the gateway if it calls models."""
        if self._gateway is None or not self._plan.calls_models(spec):
            yield self._plan.agent(spec), None
            return
        from harness.agents.metered import Metered

        profile = self._plan.info.profile
        limits = {round_.number: profile.limits(round_.entry.caps) for round_ in spec.task.rounds}
        with self._gateway.session(
            self._folder.models(spec.name),
            model=self._plan.info.model,
            faults=profile.fault_plan(),
            seed=profile.trial_seed(spec.task.id, spec.attempt),
        ) as session:
            self._watcher.metered(spec, session.usage)
            try:
                yield Metered(self._plan.agent(spec, session), session, limits), session
            finally:  # also of a trial that broke: it is paid
                self._pay(session.usage().dollars)

    def _pay(self, dollars: float | None) -> None:
        told = self._budget.unpriced or self._budget.most is None
        self._budget.add(dollars)
        if dollars is None and not told:
            self._watcher.say("A model was called whose price is not known: --max-usd does not count it.")

    def _image(self, spec: TrialSpec) -> str:
        return self._host.image(spec.task.manifest.language, spec.task.requirements, self._watcher.say)

    def _wait_for_host(self) -> None:
        """Raises `EngineUnavailable` when boxes cannot be opened for as long as `PATIENCE_S`."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._host.answers():
            if self.stop.wait(POLL_S) or time.monotonic() > deadline:
                raise EngineUnavailable(
                    f"Boxes cannot be opened any more: nothing answered for {PATIENCE_S:.0f} s. Finished trials are "
                    "kept. Start the Docker engine again, then run again with --resume --run-dir."
                )


def _failure(spec: TrialSpec, host: SandboxHost, error: str, started: float) -> TrialResult:
    return TrialResult(
        agent=spec.agent,
        task=spec.task.id,
        task_version=spec.task.manifest.version,
        task_digest=spec.task.digest,
        attempt=spec.attempt,
        variant=spec.variant,
        start=spec.start,
        sandbox=host.kind,
        limits=host.limits,
        outcome="infrastructure_error",
        error=error,
        wall_s=round(time.monotonic() - started, 3),
    )


def _bug(error: Exception) -> str:
    what = " ".join(str(error).split())
    return f"an error in relaybench or in the agent's own Python: {type(error).__name__}: {what[:300]} (see error.txt)"
