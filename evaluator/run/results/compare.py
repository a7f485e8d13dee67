"""Two agents, trial by trial: what each axis says, how sure that is, and what this many trials could have seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.evidence import TrialResult
from evaluator.run.folder import RunError, RunInfo, read_info, read_results
from evaluator.run.results.counted import completed, main_trials, whole_chain
from evaluator.run.results.mixing import Source, conflicts
from evaluator.run.results.summary import VOID_SHARE
from evaluator.stats.holm import holm
from evaluator.stats.intervals import Interval, wilson
from evaluator.stats.mcnemar import mcnemar
from evaluator.stats.paired import SIGNIFICANT, Paired, Unit, fewest_tasks, paired


@dataclass(frozen=True)
class Side:
    """One agent in one run. `label` is unique among the sides: the agent's name, with the run's where names repeat."""

    label: str
    agent: str
    run: Path
    info: RunInfo
    trials: list[TrialResult]


@dataclass(frozen=True)
class AxisComparison:
    """One axis over the pairs in which both agents have it; `paired.difference` is b - a. `p` is adjusted (Holm) over
    the axes; the composite, which sums them up, stands alone. Without a pair all is None.
    """

    axis: str
    a: float | None
    b: float | None
    paired: Paired | None
    p: float | None

    @property
    def verdict(self) -> int:
        """1 where b is significantly better, -1 where it is worse, else 0."""
        if self.paired is None or self.p is None or self.p >= SIGNIFICANT:
            return 0
        return 1 if self.paired.difference > 0 else -1


@dataclass(frozen=True)
class ChainComparison:
    """Whole-chain strict success over the pairs: shares, and the pairs in which only one of the agents has it."""

    a: Interval
    b: Interval
    only_a: int
    only_b: int
    p: float


@dataclass(frozen=True)
class Comparison:
    """`axes` starts with the composite. With fewer than `fewest_tasks` the unit is the pair of trials. `left_out`
    counts trials without a partner (`only_a`, `only_b`) and `infrastructure_errors`; `mixed` says what differs, `void`
    names the sides with too many infrastructure errors.
    """

    a: Side
    b: Side
    tasks: int
    fewest_tasks: int
    pairs: int
    unit: Unit
    left_out: dict[str, int]
    axes: list[AxisComparison]
    chain: ChainComparison
    mixed: list[str]
    void: list[str]

    @property
    def worse(self) -> list[str]:
        """The axes (or the composite) on which b is significantly worse."""
        return [found.axis for found in self.axes if found.verdict < 0]


def read_sides(runs: Sequence[Path], agents: Sequence[str]) -> list[Side]:
    """The agents of runs as sides: of two runs and two agents each its own, else every agent of every run.

    Raises `RunError` when a run is no run or has no such agent.
    """
    if len(runs) == 2 and len(agents) == 2:
        asked: list[tuple[Path, Sequence[str]]] = [(run, [agent]) for run, agent in zip(runs, agents, strict=True)]
    else:
        asked = [(run, agents) for run in runs]
    sides = [side for run, names in asked for side in _sides(run, names)]
    for same in (lambda side: side.agent, lambda side: f"{side.agent} ({side.run.name})"):
        labels = [same(side) for side in sides]
        if len(set(labels)) == len(labels):
            break
    else:
        labels = [f"{side.agent} ({side.run})" for side in sides]
    return [
        Side(label, side.agent, side.run, side.info, side.trials) for label, side in zip(labels, sides, strict=True)
    ]


def check_mixed(sides: Sequence[Side], *, allow: bool) -> list[str]:
    """What differs between the sides. Raises `RunError` when anything does and that is not allowed."""
    differs = conflicts([Source(side.label, side.info, side.trials) for side in sides])
    if differs and not allow:
        raise RunError(f"{' '.join(differs)} What differs is then not the agents alone; --allow-mixed compares anyway.")
    return differs


def compare(a: Side, b: Side, *, mixed: Sequence[str] = ()) -> Comparison:
    """Pair the trials of two sides by task and attempt and compare. Raises `RunError` when there is no pair."""
    of_a, of_b = ({(trial.task, trial.attempt): trial for trial in completed(side.trials)} for side in (a, b))
    keys = sorted(of_a.keys() & of_b.keys())
    if not keys:
        raise RunError(
            f"There is nothing to compare: {a.label} and {b.label} completed no attempt at the same task. "
            f"{a.label} has {len(of_a)} trials of {_tasks(of_a)}, {b.label} {len(of_b)} of {_tasks(of_b)}."
        )
    pairs = [(of_a[key], of_b[key]) for key in keys]
    axes = list(dict.fromkeys(axis for pair in pairs for trial in pair for axis in trial.scores if axis != "composite"))
    measured = [axis for axis in axes if any(_both(pair, axis) for pair in pairs)]
    tasks = len({task for task, _ in keys})
    enough_tasks = fewest_tasks(tests := max(1, len(measured)))
    unit: Unit = "task" if tasks >= enough_tasks else "pair"  # one for all axes: a table of two kinds would mislead
    composite, *vector = [_axis(axis, pairs, unit, tests) for axis in ("composite", *axes)]
    adjusted = holm({found.axis: found.p for found in vector if found.p is not None})
    broken = {side.label: sum(trial.outcome != "completed" for trial in side.trials) for side in (a, b)}
    return Comparison(
        a=a,
        b=b,
        tasks=tasks,
        fewest_tasks=enough_tasks,
        pairs=len(pairs),
        unit=unit,
        left_out={
            "only_a": len(of_a) - len(pairs),
            "only_b": len(of_b) - len(pairs),
            "infrastructure_errors": sum(broken.values()),
        },
        axes=[
            composite,
            *(AxisComparison(f.axis, f.a, f.b, f.paired, adjusted.get(f.axis)) for f in vector),
        ],
        chain=_chain(pairs),
        mixed=list(mixed),
        void=[side.label for side in (a, b) if broken[side.label] > VOID_SHARE * len(side.trials)],
    )


def _sides(run: Path, names: Sequence[str]) -> list[Side]:
    info = read_info(run)
    by_agent: dict[str, list[TrialResult]] = defaultdict(list)
    for trial in main_trials(read_results(run)):
        by_agent[trial.agent].append(trial)
    missing = [name for name in names if name not in by_agent]
    if missing:
        known = f"it has {', '.join(by_agent)}" if by_agent else "it has no trial at all"
        raise RunError(f"{run} has no trial of `{missing[0]}`: {known}.")
    return [Side(name, name, run, info, by_agent[name]) for name in names or sorted(by_agent)]


def _axis(axis: str, pairs: Sequence[tuple[TrialResult, TrialResult]], unit: Unit, tests: int) -> AxisComparison:
    differences: dict[str, list[float]] = defaultdict(list)
    of_a: dict[str, list[float]] = defaultdict(list)
    for trial_a, trial_b in pairs:
        a, b = trial_a.scores.get(axis), trial_b.scores.get(axis)
        if a is not None and b is not None:
            differences[trial_a.task].append(b - a)
            of_a[trial_a.task].append(a)
    found = paired(differences, unit=unit, tests=1 if axis == "composite" else tests)
    if found is None:
        return AxisComparison(axis, None, None, None, None)
    mean = sum(sum(values) / len(values) for values in of_a.values()) / len(of_a)
    return AxisComparison(axis, mean, mean + found.difference, found, found.p)


def _chain(pairs: Sequence[tuple[TrialResult, TrialResult]]) -> ChainComparison:
    held = [(whole_chain(a), whole_chain(b)) for a, b in pairs]
    only_a, only_b = held.count((True, False)), held.count((False, True))
    of_a, of_b = sum(a for a, _ in held), sum(b for _, b in held)
    return ChainComparison(wilson(of_a, len(held)), wilson(of_b, len(held)), only_a, only_b, mcnemar(only_a, only_b))


def _both(pair: tuple[TrialResult, TrialResult], axis: str) -> bool:
    a, b = pair
    return a.scores.get(axis) is not None and b.scores.get(axis) is not None


def _tasks(trials: dict[tuple[str, int], TrialResult]) -> str:
    return ", ".join(sorted({task for task, _ in trials})) or "no task"
