"""A run spread over the jobs of a CI matrix: which agent, which shard of its trials, whose keys, how many dollars.

One job has one agent: it installs only that, is given only its provider's key, and fails alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.run.budget import check_price
from evaluator.run.folder import RunError, RunInfo
from evaluator.run.forecast import Earlier, Forecast, forecast
from evaluator.run.merge import merged_info
from evaluator.run.plan import Plan
from evaluator.run.run import Request, plan_of
from evaluator.run.shards import deal
from harness.agents import AgentError, AgentMaker, load_agent
from harness.gateway.upstream import PROVIDERS

MOST_JOBS = 256  # of one matrix, at GitHub
HEADINGS = ("agent", "model", "jobs", "trials", "minutes", "dollars", "at most")


@dataclass(frozen=True)
class Job:
    """One job. `agent`, `model`, `shard` and `max_usd` are what `relaybench run` takes, "" where it is to take nothing;
    `providers` are those whose keys it may need, with spaces between; `name` is unique, for artifacts.
    """

    name: str
    agent: str
    model: str
    shard: str
    max_usd: str
    providers: str
    trials: int


@dataclass(frozen=True)
class Share:
    """One agent's part of a matrix: its jobs, and what all of its trials would take one after the other."""

    agent: str
    model: str | None
    jobs: list[Job]
    forecast: Forecast


@dataclass(frozen=True)
class Matrix:
    """`info` is the run that the shards merge to."""

    info: RunInfo
    shares: list[Share]

    @property
    def jobs(self) -> list[Job]:
        """All jobs."""
        return [job for share in self.shares for job in share.jobs]


def make_matrix(request: Request, shards: int, earlier: Sequence[Earlier] = ()) -> Matrix:
    """Spread a request, each agent's trials over at most `shards` jobs. An agent may have a model of its own:
    "codex=gpt-5". `max_usd` is for all jobs together, and is split by their trials.

    Raises `AgentError`, `TaskError`, `RunError`.
    """
    plans: dict[str, tuple[str, AgentMaker, Plan]] = {}
    for text in dict.fromkeys(request.agents):
        agent, _, model = text.partition("=")
        name, maker = load_agent(agent)
        if name in plans:
            raise AgentError(f"`--agent {text}`: there is already an agent called {name}; results would mix.")
        if maker.by_hand:
            raise AgentError(f"`--agent {text}` works at a terminal; a job has none.")
        model = model or (request.model or "" if maker.models == "one" else "")
        plans[name] = agent, maker, plan_of(replace(request, agents=(agent,), model=model or None))
    paid = sum(len(plan.trials) for _, _, plan in plans.values() if plan.calls_models())
    shares = []
    for name, (agent, maker, plan) in plans.items():
        usd = request.max_usd / paid if request.max_usd and plan.calls_models() else None
        check_price(plan.info.model, usd)
        jobs = _jobs(name, agent, maker, plan, shards, usd)
        shares.append(Share(name, plan.info.model, jobs, forecast(plan, plan.trials, earlier, 1)))
    matrix = Matrix(merged_info([plan.info for _, _, plan in plans.values()]), shares)
    if len(matrix.jobs) > MOST_JOBS:
        raise RunError(f"These are {len(matrix.jobs)} jobs, and a matrix has at most {MOST_JOBS}: take fewer --shards.")
    return matrix


def _jobs(name: str, agent: str, maker: AgentMaker, plan: Plan, shards: int, usd: float | None) -> list[Job]:
    """The jobs of one agent; `usd` is for one trial."""
    of = min(shards, len({(spec.task.id, spec.attempt) for spec in plan.trials}))  # no job without a trial
    known = [maker.provider] if maker.provider else PROVIDERS
    return [
        Job(
            name=f"{name}-{number}-of-{of}",
            agent=agent,
            model=plan.info.model or "",
            shard=f"{number}/{of}",
            max_usd="" if usd is None else f"{usd * len(part):.4f}",
            providers=" ".join(known) if plan.calls_models() else "",
            trials=len(part),
        )
        for number, part in enumerate(deal(plan.trials, of), 1)
    ]


def rows(matrix: Matrix) -> list[list[str]]:
    """What each agent would take, under `HEADINGS`."""
    return [
        [
            share.agent,
            share.model or "–",
            str(len(share.jobs)),
            str(share.forecast.trials),
            _about(share.forecast.minutes, 0, share.forecast.unknown_minutes),
            _about(share.forecast.dollars, 2, share.forecast.unknown_dollars),
            _most(share.forecast),
        ]
        for share in matrix.shares
    ]


def notes(matrix: Matrix) -> list[str]:
    """What to know of the rows."""
    trials, tasks = sum(job.trials for job in matrix.jobs), ", ".join(task.id for task in matrix.info.tasks)
    return [
        f"Jobs: {len(matrix.jobs)}. Trials: {trials}. Tasks: {tasks}.",
        "Minutes and dollars are expected from earlier runs, of one trial after the other; a dash: nothing is known. "
        "At most: what deadlines and the tasks' own caps let agents take.",
    ]


def _about(value: float | None, digits: int, unknown: int) -> str:
    if value is None:
        return "–"
    return f"{value:.{digits}f}" + (f" without {unknown} trials" if unknown else "")


def _most(found: Forecast) -> str:
    return f"{found.most_minutes:.0f} min" + (f", {found.most_dollars:.2f} $" if found.most_dollars else "")
