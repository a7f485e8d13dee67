"""The health of a run's tasks: which to retire, which to fix, which to keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from evaluator.evidence import TrialResult
from evaluator.run.results.counted import is_control, main_trials, whole_chain
from evaluator.stats.items import Answers, Item, judge_items


def item_health(results: Sequence[TrialResult]) -> list[Item]:
    """Every task of the trials, judged. `reference` says whether a task can be believed; other agents what it tells."""
    by_task: dict[str, list[TrialResult]] = defaultdict(list)
    for result in main_trials(results):
        by_task[result.task].append(result)
    return judge_items({task: _answers(trials) for task, trials in by_task.items()})


def _answers(trials: Sequence[TrialResult]) -> Answers:
    solved: dict[str, list[bool]] = defaultdict(list)
    scores: dict[str, list[float]] = defaultdict(list)
    done = [result for result in trials if result.outcome == "completed"]
    for result in done:
        if not is_control(result.agent):
            solved[result.agent].append(whole_chain(result))
            scores[result.agent].append(result.scores.get("correctness") or 0.0)
    return Answers(
        solved=solved,
        scores={agent: sum(values) / len(values) for agent, values in scores.items()},
        reference=[whole_chain(result) for result in done if result.agent.startswith("reference")],
        broken=len(trials) - len(done),
        wall_s=[result.wall_s for result in done],
    )
