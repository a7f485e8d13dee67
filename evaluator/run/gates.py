"""The gates: what a task must prove before anybody is judged by it. `relaybench task check` runs them.

Each gate looks at the real thing in real boxes. A gate's evidence says what it saw: which test rejected a wrong patch,
what a mutant broke. The first gates need no box and say so at once; the others run in parallel, a bench a job.
"""

from __future__ import annotations

import ast
import functools
import json
import queue
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.evidence import Grade
from evaluator.run.threads import in_threads
from evaluator.task import Round, Task, TaskError
from evaluator.task.new import unfinished
from evaluator.task.patches import patched
from evaluator.trial.grading import Bench
from evaluator.trial.history import with_git
from evaluator.trial.questions import best_match, index
from harness.inside import program
from harness.sandbox import BoxSpec, Limits, SandboxError, SandboxHost, Tree

_VISIBLE_TESTS = {
    "python": ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "javascript": ["node", "--test"],
    "go": ["go", "test", "./..."],
}
_SOURCE = re.compile(r"\.(py|[cm]?[jt]s|go)$")
# Enough to find what is named in a language that Python cannot parse.
_DEFINITION = re.compile(r"\b(?:class|const|func|function\*?|let|type|var)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)")
DISTINCTIVE = 40  # characters; a line of a hidden file this long is looked for in the agent's box


@dataclass(frozen=True)
class Verdict:
    """One gate's outcome. `evidence` is what was seen, in a line."""

    gate: str
    subject: str
    passed: bool
    evidence: str


@dataclass(frozen=True)
class _Gate:
    name: str
    subject: str
    check: Callable[[Bench], str]  # the evidence; raises `_Refused` when the gate holds the task back


class _Refused(Exception):
    pass


def check_task(
    task: Task,
    host: SandboxHost,
    *,
    scratch: Path,
    jobs: int = 1,
    repeats: int = 20,
    only: Sequence[str] = (),
    say: Callable[[str], None],
    done: Callable[[Verdict, int], None],
) -> list[Verdict]:
    """Every gate for one task (`only`: those of these names), in order; `done` hears each verdict and the count.

    Raises `SandboxError` when the host failed, `TaskError` when the reference patches do not apply.
    """
    states = _states(task)
    image = host.image(task.manifest.language, task.requirements, say)
    every = list(_gates(task, states, host, image, scratch, repeats))
    gates = [gate for gate in every if not only or gate.name in only]
    if not gates:
        names = ", ".join(dict.fromkeys(gate.name for gate in every))
        raise TaskError(f"--gate {' --gate '.join(only)}: there is no such gate; there are {names}.")
    verdicts: dict[int, Verdict] = {}
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(gates)):
        todo.put(number)
    broken: list[BaseException] = []

    def work() -> None:
        try:
            with Bench(host, say) as bench:
                while not broken:
                    try:
                        number = todo.get_nowait()
                    except queue.Empty:
                        return
                    verdicts[number] = _decide(gates[number], bench)
                    done(verdicts[number], len(gates))
        except BaseException as error:
            broken.append(error)

    def stop() -> None:
        broken.append(KeyboardInterrupt())
        host.remove_all()

    in_threads(work, jobs, stop=stop)
    if broken:
        raise broken[0]
    return [verdicts[number] for number in range(len(gates))]


def _decide(gate: _Gate, bench: Bench) -> Verdict:
    try:
        return Verdict(gate.name, gate.subject, True, gate.check(bench))
    except (_Refused, TaskError) as refused:
        return Verdict(gate.name, gate.subject, False, str(refused))
    except SandboxError as error:
        # Told apart from the host's own trouble by grading: tests that do not run are the task's fault.
        if "hidden tests" in str(error) or "does not start" in str(error):
            return Verdict(gate.name, gate.subject, False, str(error))
        raise


def _gates(
    task: Task, states: list[list[Tree]], host: SandboxHost, image: str, scratch: Path, repeats: int
) -> Iterator[_Gate]:
    """All gates; `states[chain][r]` is the reference tree after round r."""

    def grade(bench: Bench, tree: Tree, number: int, shuffle: int | None = None) -> Grade:
        return bench.grade(task, image, tree, number, trial=f"check-{task.id}", shuffle=shuffle)

    def green(tree: Tree, number: int, shuffle: int | None = None) -> Callable[[Bench], str]:
        return lambda bench: _all_green(grade(bench, tree, number, shuffle))

    def undone(tree: Tree, number: int) -> Callable[[Bench], str]:
        return lambda bench: _all_own_red(grade(bench, tree, number))

    last = len(task.rounds)
    yield _Gate("finished", "every file", lambda _: _finished(task))
    yield _Gate("facts", "questions", lambda _: _facts(task))
    yield _Gate("reports", "names", lambda _: _reports(task))
    yield _Gate("sealed", "agent's box", lambda _: _sealed(task, host, image, scratch))
    yield _Gate("seed", "visible tests", lambda _: _visible_tests(task, host, image))
    yield _Gate("seed", "base and rules", lambda bench: _seed_is_sound(grade(bench, task.seed, 1)))
    for chain, trees in enumerate(states, 1):
        for round_ in task.rounds:
            yield _Gate("reference", f"shape {chain}, {round_.slug}", green(trees[round_.number], round_.number))
    nothing = green if task.manifest.expects == "nothing" else undone
    for round_ in task.rounds:
        yield _Gate("nothing", round_.slug, nothing(states[0][round_.number - 1], round_.number))
    for round_ in task.rounds:
        for name, patch in round_.wrong.items():
            start, what = states[0][round_.number - 1], f"rounds/{round_.slug}/wrong/{name}.patch"
            yield _Gate("wrong", f"{round_.slug}/{name}", _patched_red(grade, start, patch, what, round_.number))
        yield _Gate("wrong", f"{round_.slug}: two or more", functools.partial(_two_wrong, round_))
    for name, patch in task.mutants.items():
        yield _Gate("mutant", name, _patched_red(grade, states[0][last], patch, f"mutants/{name}.patch", last))
    for repeat in range(1, repeats + 1):
        yield _Gate("repeat", f"{repeat} of {repeats}, shuffled", green(states[0][last], last, shuffle=repeat))


def _patched_red(
    grade: Callable[[Bench, Tree, int], Grade], tree: Tree, patch: bytes, name: str, number: int
) -> Callable[[Bench], str]:
    return lambda bench: _some_red(grade(bench, patched(tree, patch, name), number))


def _states(task: Task) -> list[list[Tree]]:
    chains = []
    for chain in range(1, task.chains + 1):
        trees: list[Tree] = [task.seed]
        for number, patch in task.solution(chain).items():
            trees.append(patched(trees[-1], patch, f"solution of shape {chain}, round {number}"))
        chains.append(trees)
    return chains


def _all_green(grade: Grade) -> str:
    red = [*_red_tests(grade)]
    if red or grade.reason:
        raise _Refused(grade.reason or "; ".join(red[:3]))
    return f"{len(grade.groups)} groups and {len(grade.probes)} rules green"


def _some_red(grade: Grade) -> str:
    red = [name for name, _ in _red(grade)]
    if grade.reason:
        return grade.reason
    if not red:
        raise _Refused("every group is green: not told from a right answer")
    return f"rejected by {', '.join(red[:3])}" + (f" and {len(red) - 3} more" if len(red) > 3 else "")


def _all_own_red(grade: Grade) -> str:
    """Every group of a round asks for something new: what holds before it would be paid for, and nobody need do it."""
    own = [name for name, group in grade.groups.items() if group.round == grade.round]
    held = [name for name in own if grade.groups[name].passed]
    if held and not grade.reason:
        raise _Refused(
            f"held before the round: {', '.join(held)}; move it to the first round in which it holds, or base"
        )
    return _some_red(grade)


def _seed_is_sound(grade: Grade) -> str:
    red = [test for test in _red_tests(grade) if not test.startswith("1-")]
    own = [name for name, _ in _red(grade) if name.startswith("1-")]
    if red or grade.reason:
        raise _Refused(grade.reason or "red at the seed: " + "; ".join(red[:3]))
    return f"base and rules green; red: {', '.join(own[:3])}"


def _red(grade: Grade) -> Iterator[tuple[str, str]]:
    """(group, test) of what failed; the first test of each group."""
    for name, result in {**grade.groups, **grade.probes}.items():
        failing = [test for test, why in result.tests.items() if why]
        if not result.passed:
            yield f"{name} ({failing[0]})" if failing else name, failing[0] if failing else ""


def _red_tests(grade: Grade) -> Iterator[str]:
    for name, result in {**grade.groups, **grade.probes}.items():
        yield from (f"{name}: {test}: {why}" for test, why in result.tests.items() if why)


def _two_wrong(round_: Round, _: Bench) -> str:
    if len(round_.wrong) < 2 and round_.kind != "refactor":
        raise _Refused(f"{len(round_.wrong)} wrong patch; two plausible ones are the least")
    return f"{len(round_.wrong)} wrong patches"


def _finished(task: Task) -> str:
    left = unfinished(task.folder)
    if left:
        raise _Refused("\n".join(left))
    return "nothing is marked as to be finished"


def _facts(task: Task) -> str:
    """Each fact answers its own questions, in each of its rounds."""
    asked = 0
    for round_ in task.rounds:
        known = [fact for fact in task.facts if not fact.rounds or round_.number in fact.rounds]
        prepared = index(known)
        for fact in known:
            for question in fact.questions:
                asked += 1
                found = best_match(prepared, question)
                if found != fact.id:
                    raise _Refused(
                        f"round {round_.number}: {question!r} of fact {fact.id} unlocks {found or 'nothing'}"
                    )
    return f"{len(task.facts)} facts answer their {asked} questions"


def _reports(task: Task) -> str:
    """No message names a file, a function or a test. Words that are also English do not count."""
    names = set(_code_names(task))
    for round_ in task.rounds:
        for where, text in [
            ("report.md", round_.report),
            *((f"complaint {k}", v) for k, v in round_.complaints.items()),
        ]:
            said = names.intersection(re.findall(r"[\w./-]*\w", text))
            if said:
                raise _Refused(f"{round_.slug}/{where} names {', '.join(sorted(said))}")
    return f"none of {len(names)} names is said"


def _code_names(task: Task) -> Iterator[str]:
    sources = {path: file.data.decode(errors="replace") for path, file in task.seed.items() if _SOURCE.search(path)}
    for text in (*_hidden_texts(task), *(text for path, text in sources.items() if path.endswith(".py"))):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _is_code(node.name):
                yield node.name
    for path, text in sources.items():
        if not path.endswith(".py"):
            yield from filter(_is_code, _DEFINITION.findall(text))
        yield from (path, path.rpartition("/")[2])


def _is_code(name: str) -> bool:
    return "_" in name.strip("_") or bool(re.search(r"[a-z][A-Z]", name))


def _visible_tests(task: Task, host: SandboxHost, image: str) -> str:
    """The tests that the agent gets pass where the agent would run them."""
    with host.open(_agents_box(task, image)) as box:
        box.copy_in(task.seed)
        done = box.run(_VISIBLE_TESTS[task.manifest.language], timeout_s=120)
    lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no output"]
    if done.code != 0:
        failing = [line for line in lines if re.match(r"\s*(not ok|--- FAIL)", line)] or lines
        raise _Refused(f"status {done.code}: {' | '.join(failing[-3:])}")
    return next((line for line in lines if line.startswith("# pass")), lines[-1])


def _sealed(task: Task, host: SandboxHost, image: str, scratch: Path) -> str:
    """No file, no git object and no variable in the agent's box holds a hidden test's or a solution's bytes."""
    needles = sorted(_needles(task))
    if host.shows(task.folder):
        raise _Refused(f"{task.folder} lies where every box of this kind can read it")
    with host.open(_agents_box(task, image)) as box:
        box.copy_in(with_git(task.seed, scratch))
        source = program("search").read_text(encoding="utf-8")
        # A bubblewrap box shows all of this machine's /usr, which may be gigabytes.
        done = box.run(["python3", "-I", "-c", source], stdin=json.dumps(needles).encode(), timeout_s=600)
    if done.code != 0:
        why = "not done after 600 s" if done.timed_out else done.stderr.decode(errors="replace")[-300:]
        raise _Refused(f"the search failed: {why}")
    answer = json.loads(done.stdout)
    if answer["found"]:
        raise _Refused("; ".join(f"{place} holds {needle[:60]!r}" for place, needle in answer["found"][:3]))
    return f"none of {len(needles)} hidden lines in {answer['files']} files and objects"


def _needles(task: Task) -> set[str]:
    """Lines that stand in hidden files and nowhere in what the agent gets."""
    given = "\n".join(file.data.decode(errors="replace") for file in task.seed.values())
    patches = [patch.decode(errors="replace") for round_ in task.rounds for patch in round_.solutions]
    added = [line[1:] for patch in patches for line in patch.splitlines() if re.match(r"\+(?!\+\+)", line)]
    lines = {line.strip() for text in (*_hidden_texts(task), *added) for line in text.splitlines()}
    return {task.manifest.canary, *(line for line in lines if len(line) >= DISTINCTIVE and line not in given)}


def _hidden_texts(task: Task) -> list[str]:
    return [group.text for group in (*task.base, *task.probes, *(g for r in task.rounds for g in r.groups))]


def _agents_box(task: Task, image: str) -> BoxSpec:
    limits = Limits(**task.manifest.sandbox.model_dump())
    return BoxSpec(image, "agent", limits, trial=f"check-{task.id}", keep_workspace=True)


def failed(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that hold the task back."""
    return [verdict for verdict in verdicts if not verdict.passed]
