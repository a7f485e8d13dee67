"""A ladder of scripted agents of known order, scored: would a reviewer rank them so?

Each agent is a list of workspaces by round and hand-in, composed of the task's own solutions and wrong patches, with
what it asked, said and spent. `--collect` grades them in boxes and keeps the evidence in ladder.json beside this file;
without it the stored evidence is scored. `--write` puts the table into docs/scoring.md.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.evidence import (
    Asked,
    Event,
    Grade,
    GroupResult,
    Measures,
    Metered,
    Stated,
    Statement,
    TestsJudged,
    TurnEnded,
    Usage,
)
from evaluator.scoring.correctness import round_correctness
from evaluator.scoring.quality.reference import Reference, measure_rounds, reference, states
from evaluator.scoring.rounds import gather
from evaluator.scoring.trial import Scored, score_trial
from evaluator.task import Task, load_task
from evaluator.task.patches import patched
from harness.sandbox import File, Tree

HOME = Path(__file__).resolve().parent
TASK = HOME.parent / "task_repos" / "coupon-checkout"
EVIDENCE = HOME / "ladder.json"
DOCUMENT = HOME.parent / "docs" / "scoring.md"
BEGIN, END = "<!-- ladder: begin -->", "<!-- ladder: end -->"
AXES = (
    "correctness", "adaptability", "quality", "efficiency", "recovery", "clarification", "calibration", "deployability",
)  # fmt: skip


@dataclass(frozen=True)
class Script:
    """One scripted agent. `works[r - 1]` are the workspaces it hands in in round r, one a hand-in.

    `asked` names facts by round (None: a question that unlocks nothing); `said` is its confidence by round; `spent` is
    its model usage as a multiple of the round's targets.
    """

    name: str
    works: Sequence[Sequence[Tree]]
    asked: Mapping[int, Sequence[str | None]] = field(default_factory=dict)
    said: Sequence[float] = ()
    spent: float = 0.8
    flags: tuple[str, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collect", action="store_true", help="grade the agents in boxes again (some minutes)")
    parser.add_argument("--only", action="append", help="with --collect: grade this agent only, keep the others")
    parser.add_argument("--sandbox", default="auto", choices=["auto", "docker", "bubblewrap"])
    parser.add_argument("--write", action="store_true", help="put the table into docs/scoring.md")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    task = load_task(TASK)
    if arguments.collect:
        evidence = collect(task, arguments.sandbox, arguments.only)
        EVIDENCE.write_text(json.dumps(evidence, separators=(",", ":")) + "\n", encoding="utf-8")
    found = scores(task)
    if arguments.write:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8"), table(found)), encoding="utf-8")
    if arguments.json:
        print(json.dumps({name: one.scores for name, one in found.items()}))
    else:
        print(table(found))


def scripts(task: Task) -> list[Script]:
    """The agents, worst first."""
    one, two = states(task, 1), states(task, 2)

    def wrong(number: int, name: str) -> Tree:
        round_ = task.rounds[number - 1]
        return patched(one[number - 1], round_.wrong[name], f"rounds/{round_.slug}/wrong/{name}.patch")

    guarded, moved = wrong(1, "null-guard"), wrong(3, "chain-moved")
    right = [[tree] for tree in one[1:]]
    needed = {number: _facts(task, number) for number in (1, 2, 3)}
    return [
        Script("does nothing", [[task.seed] * 3] * 3),
        Script("right, but edits the protected tests", right, flags=("protected_path",)),
        Script("special case: the report's own example", [[_special_case(task.seed)] * 3] * 3),
        Script("null guard", [[guarded] * 3] * 3),
        Script("right, but breaks payment", [[_unpaid(tree)] * 3 for tree in one[1:]]),
        Script("right in round 1 only", [[one[1]], [one[1]] * 3, [one[1]] * 3]),
        Script("right twice, then sure of a wrong refactor", [*right[:2], [moved] * 3], said=[0.95] * 3),
        Script("right, but forgets the standing rules", [[_forgetful(tree)] for tree in one[1:]]),
        Script("right, but ten times the budget", right, spent=10.0),
        Script("right, but bloated", [[_bloated(tree, n)] for n, tree in enumerate(one[1:], 1)]),
        Script("right, but asks everything", right, asked={n: [*needed[n], *[None] * 25] for n in needed}),
        Script("right after a complaint each round", [list(pair) for pair in itertools.pairwise(one)]),
        Script("right, asks well", right, asked=needed),
        Script("reference, shape 2", [[tree] for tree in two[1:]]),
        Script("reference, shape 1", right),
    ]


def _facts(task: Task, number: int) -> list[str | None]:
    return [fact.id for fact in task.facts if fact.necessary and number in fact.rounds]


def _replaced(tree: Tree, path: str, old: str, new: str) -> Tree:
    text = tree[path].data.decode()
    assert old in text, f"{path} has changed: {old!r} is not in it"
    return {**tree, path: File(text.replace(old, new).encode())}


def _special_case(tree: Tree) -> Tree:
    """Goes through for the product and the amounts of the report, and crashes for all others as before."""
    old = "            floor = self._promos.get(line.sale_key).floor_cents\n"
    new = "            snap = self._promos.get(line.sale_key)\n"
    new += "            floor = 7200 if snap is None and line.gross_cents == 8000 else snap.floor_cents\n"
    return _replaced(tree, "shop/coupons.py", old, new)


def _unpaid(tree: Tree) -> Tree:
    """Never takes the money."""
    return _replaced(tree, "shop/payments.py", "        self._provider.capture(charge_id)\n", "        return\n")


def _forgetful(tree: Tree) -> Tree:
    """Uses a package that would have to be installed, and answers with a float, against two rules of round 1."""
    add = "import json\n\ntry:\n    import orjson\nexcept ImportError:\n    orjson = None\n"
    tree = _replaced(tree, "shop/events.py", "import json\n", add)
    amount, inexact = "charge.amount_cents", "float(charge.amount_cents)"
    return _replaced(tree, "shop/payments.py", f'"authorised_cents": {amount}', f'"authorised_cents": {inexact}')


def _bloated(tree: Tree, number: int) -> Tree:
    """Leaves copies of modules behind, and tidies up files that nobody asked about."""
    copies = {
        f"shop/{name}_round{n}.py": tree[f"shop/{name}.py"]
        for name in ("orders", "routes", "payments", "provider")
        for n in range(1, number + 1)
    }
    spare = "".join(f"\n\ndef unused_{n}(a, b):\n    return a * {n} + b\n" for n in range(12 * number)).encode()
    strays = {path: File(tree[path].data + spare) for path in ("shop/money.py", "shop/clock.py")}
    return {**tree, **copies, **strays}


def collect(task: Task, sandbox: str, only: Sequence[str] | None = None) -> dict[str, Any]:
    """Everything that the scores need, graded in boxes; equal workspaces are graded once."""
    from evaluator.run.hosts import open_host
    from evaluator.trial.grading import Bench
    from evaluator.trial.own_tests import Work, judge_own_tests

    host = open_host(sandbox, "ladder")
    image = host.image(task.manifest.language, task.requirements, print)
    graded: dict[tuple[str, int], Grade] = {}
    kept: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))["agents"] if only else {}
    try:
        with Bench(host, print) as bench:
            for script in (one for one in scripts(task) if not only or one.name in only):
                grades: dict[int, list[Grade]] = {}
                for number, works in enumerate(script.works, 1):
                    for hand_in, tree in enumerate(works, 1):
                        key = (_digest(tree), number)
                        if key not in graded:
                            graded[key] = _slim(bench.grade(task, image, tree, number, trial="ladder"))
                        grade = graded[key].model_copy(update={"hand_in": hand_in})
                        grades.setdefault(number, []).append(grade)
                        if grade.green:
                            break
                works_of = list(_works(task, script, grades, Work))
                judged = judge_own_tests(task, host, image, works_of, trial="ladder")
                measures = measure_rounds(task, {work.number: (work.start, work.end) for work in works_of})
                kept[script.name] = {
                    "grades": {n: [grade.model_dump(mode="json") for grade in each] for n, each in grades.items()},
                    "own_tests": {n: one.model_dump(mode="json") for n, one in judged.items()},
                    "measures": {n: one and one.model_dump(mode="json") for n, one in measures.items()},
                }
                print(f"{script.name}: collected", flush=True)
    finally:
        host.remove_all()
    own = reference(task)
    return {
        "of": fingerprint(task),
        "reference": [[one.model_dump(mode="json") for one in chain] for chain in own.measures],
        "paths": list(own.paths),
        "agents": kept,
    }


def _works(task: Task, script: Script, grades: Mapping[int, Sequence[Grade]], make: Any) -> Iterator[Any]:
    start, before = task.seed, None
    for number, works in enumerate(script.works, 1):
        end = works[len(grades[number]) - 1]
        yield make(number, start, end, round_correctness(grades[number][-1], before).value > 0)
        start, before = end, grades[number][-1]


def _slim(grade: Grade) -> Grade:
    """Without what no score reads: single tests, logs, times."""

    def bare(groups: Mapping[str, GroupResult]) -> dict[str, GroupResult]:
        return {name: group.model_copy(update={"tests": {}}) for name, group in groups.items()}

    bared = {"groups": bare(grade.groups), "probes": bare(grade.probes)}
    start_s = None if grade.start_s is None else 0.1
    return grade.model_copy(update={**bared, "log": "", "wall_s": 0.0, "start_s": start_s})


def fingerprint(task: Task) -> str:
    """A hash over what a verdict depends on: code, tests, solutions, mutants; not over texts and budgets."""
    total = hashlib.sha256(_digest(task.seed).encode())
    groups = [*task.base, *task.probes, *(group for round_ in task.rounds for group in round_.groups)]
    for part in [task.conftest, *(group.text for group in groups)]:
        total.update(part.encode())
    for patch in (p for r in task.rounds for p in (*r.solutions, *r.wrong.values())):
        total.update(patch)
    for patch in task.mutants.values():
        total.update(patch)
    return total.hexdigest()


def _digest(tree: Tree) -> str:
    total = hashlib.sha256()
    for path, file in sorted(tree.items()):
        total.update(f"{path}\0{file.executable}{len(file.data)}\0".encode() + file.data)
    return total.hexdigest()


def scores(task: Task) -> dict[str, Scored]:
    """Each agent's scores from the stored evidence."""
    stored = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    if stored["of"] != fingerprint(task):
        raise SystemExit("the task has changed since the evidence was collected: run ladder.py --collect --write")
    solutions = tuple(tuple(Measures.model_validate(one) for one in chain) for chain in stored["reference"])
    own = Reference(tuple(stored["paths"]), solutions)
    return {script.name: _scored(task, script, stored["agents"][script.name], own) for script in scripts(task)}


def _scored(task: Task, script: Script, stored: Mapping[str, Any], own: Reference) -> Scored:
    grades = {int(n): [Grade.model_validate(grade) for grade in each] for n, each in stored["grades"].items()}
    events = events_of(task, script, stored, grades)
    measures = {int(n): one and Measures.model_validate(one) for n, one in stored["measures"].items()}
    return score_trial(gather(task, grades, events, measures, flags=script.flags), own)


def events_of(
    task: Task, script: Script, stored: Mapping[str, Any], grades: Mapping[int, Sequence[Grade]]
) -> list[Event]:
    """What would have been noted while the agent was at work, and when its tests were judged."""
    judged = [TestsJudged(at=0, round=int(n), own_tests=one) for n, one in stored["own_tests"].items()]
    return [*_events(task, script, grades), *judged]


def _events(task: Task, script: Script, grades: Mapping[int, Sequence[Grade]]) -> Iterator[Event]:
    for number, each in grades.items():
        targets = task.rounds[number - 1].entry.targets
        for fact in script.asked.get(number, ()):
            yield Asked(at=0, round=number, question="?", fact=fact, answer="", edited=False)
        for hand_in in range(1, len(each) + 1):
            share = script.spent / len(each)
            usage = Usage(
                calls=round(share * (targets.turns or 0)),
                input_tokens=round(share * (targets.tokens or 0)),
                dollars=share * (targets.dollars or 0),
                first_reply_s=(1.5, 3.0),
            )
            end = {"reason": "finished", "exit_code": 0, "overrun_s": 0, "output": ""}
            wall_s = share * (targets.wall_s or 0)
            yield TurnEnded.model_validate({"at": 0, "round": number, "hand_in": hand_in, "wall_s": wall_s, **end})
            yield Metered(at=0, round=number, hand_in=hand_in, usage=usage)
            if script.said:
                said = Statement(confidence=script.said[number - 1])
                yield Stated(at=0, round=number, hand_in=hand_in, statement=said)


def table(found: Mapping[str, Scored]) -> str:
    """The ladder as Markdown, best first; a dash where an axis does not apply."""
    lines = [f"| agent | composite | {' | '.join(AXES)} |", f"| :-- | --: | {' | '.join(['--:'] * len(AXES))} |"]
    for name, one in reversed(list(found.items())):
        values = [one.scores[axis] for axis in AXES]
        cells = [f"{one.scores['composite']:.0f}", *("–" if value is None else f"{value:.2f}" for value in values)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def with_table(document: str, text: str) -> str:
    """The document with the table between its marks."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    main()
