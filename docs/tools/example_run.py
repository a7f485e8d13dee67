"""The run that the guide's pictures show: four scripted agents, the reference, and one that does nothing.

The agents are real programs in real boxes, but their model is a script: it knows each task's solutions and wrong
patches, and an agent's name and a seed decide which it gives away. It is priced as gpt-5-mini, which it is not.

    .venv/bin/python docs/tools/example_run.py runs/example
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests" / "support"))

from scripted_provider import Provider, Received, Reply, Tokens, body_of  # noqa: E402

from evaluator.scoring.quality.reference import states  # noqa: E402
from evaluator.task import Task, load_task  # noqa: E402
from evaluator.task.patches import difference, patched  # noqa: E402
from harness.sandbox import Tree  # noqa: E402

TASKS = [load_task(path) for path in sorted((ROOT / "task_repos").iterdir())]
AGENTS = ("careful", "persistent", "hasty", "shallow")
# How often each one's first hand-in of a round is right, and how often a later one is.
RIGHT = {"careful": (0.85, 0.9), "persistent": (0.35, 0.85), "hasty": (0.55, 0.25), "shallow": (0.15, 0.1)}
LOOKS = {"careful": 7, "persistent": 5, "hasty": 2, "shallow": 3}  # commands before the first change
SOURCES = "--include=*.py --include=*.go --include=*.mjs ."
LOOK = (
    ("First what the project promises.", "sed -n '/[Pp]romised/,$p' README.md | head -60"),
    ("Where things are.", "git log --oneline; git ls-files | xargs wc -l | sort -n | tail -25"),
    ("What changed lately.", "head -40 CHANGELOG.md"),
    ("Who reads and writes this.", f"grep -rnE 'def |func |function ' {SOURCES} | head -60"),
    ("The data as it is kept.", f"grep -rnE 'INSERT|journal|append|write' {SOURCES} | head -40"),
    ("What the tests hold today.", "ls tests test 2>/dev/null; git status --short"),
    ("The largest module, from its top.", "ls -S $(git ls-files) | head -1 | xargs sed -n '1,120p'"),
)
TESTS = """\
if [ -f go.mod ]; then timeout 60 go test ./... 2>&1 | tail -5
elif [ -f package.json ]; then node --test 2>&1 | tail -8
else python3 -m pytest -q 2>&1 | tail -3; fi"""


@dataclass
class Work:
    """One trial as the script sees it: what lies in the workspace, and what is still to be said in this turn."""

    agent: str
    task: Task
    dice: random.Random
    tree: Tree
    round: int = 0
    hand_in: int = 0
    context: int = 4_000  # tokens that each call carries
    script: list[tuple[str, str]] = field(default_factory=list)


class Model:
    """A `Provider.script`: an answer is some words and one shell command, or at last words alone."""

    def __init__(self) -> None:
        self._trials: dict[str, Work] = {}

    def __call__(self, request: Received) -> Reply:
        """What the model answers."""
        messages = request.body["messages"]
        work = self._work(messages)
        if messages[-1]["role"] == "user":
            self._next_turn(work, messages[-1]["content"])
        words, command = work.script.pop(0)
        grown = 600 + 12 * len(words) + work.dice.randrange(900)
        work.context += grown
        tokens = Tokens(input=work.context, cached=work.context - grown, output=60 + (len(words) + len(command)) // 4)
        time.sleep(work.dice.uniform(0.05, 0.4))
        tools = [("shell", {"command": command})] if command else []
        return Reply(json.dumps({"model": request.body["model"], **body_of("chat", words, tokens, tools)}).encode())

    def _work(self, messages: list[dict[str, str]]) -> Work:
        agent, trial = messages[0]["content"].split()
        if trial not in self._trials:
            task = next(task for task in TASKS if task.rounds[0].report == messages[1]["content"])
            same = sum(work.agent == agent and work.task is task for work in self._trials.values())
            dice = random.Random(f"{agent} {task.id} {same}")  # noqa: S311 - repeatable, not secret
            self._trials[trial] = Work(agent, task, dice, task.seed)
        return self._trials[trial]

    def _next_turn(self, work: Work, message: str) -> None:
        opened = next((round_.number for round_ in work.task.rounds if round_.report == message), None)
        work.round, work.hand_in = (opened, 1) if opened else (work.round, work.hand_in + 1)
        first = work.hand_in == 1
        right = work.dice.random() < RIGHT[work.agent][0 if first else 1]
        after = _right(work) if right else _wrong(work)
        patch = difference(work.tree, after)
        work.tree = after
        looks = work.dice.sample(LOOK, min(LOOKS[work.agent] if first else 1, len(LOOK)))
        asks = [("Only they can know.", f"ask-reporter '{asked}'") for asked in _questions(work) if first]
        apply = f"git apply --whitespace=nowarn - <<'END_OF_PATCH'\n{patch.decode()}END_OF_PATCH"
        change = "Now the change." if first else "Then it was not that. Again."
        sure = 0.9 if work.agent in ("hasty", "shallow") else 0.85 if right else 0.4
        said = json.dumps({"summary": f"round {work.round}: changed and tested", "confidence": sure})
        work.script = [
            *looks,
            *asks,
            (change, apply if patch.strip() else "git diff --stat"),
            ("Do the tests still pass?", TESTS),
            ("Then I hand in.", f"echo '{said}' > $RELAY_HANDIN"),
            ("Done.", ""),
        ]


def _questions(work: Work) -> list[str]:
    """The careful one asks what it needs to know, the shallow one what nobody can answer."""
    if work.agent == "careful":
        facts = [fact for fact in work.task.facts if fact.necessary and work.round in (fact.rounds or (work.round,))]
        return [fact.questions[0].replace("'", "") for fact in facts]
    return ["What does the stack trace say?"] if work.agent == "shallow" and work.round == 1 else []


def _right(work: Work) -> Tree:
    """The solution's state after this round, whatever is there now."""
    chain = 2 if work.agent == "careful" and work.task.chains > 1 else 1
    return states(work.task, chain)[work.round]


def _wrong(work: Work) -> Tree:
    """What one of the round's wrong patches makes of the solution's state before it."""
    round_ = work.task.rounds[work.round - 1]
    name = work.dice.choice(sorted(round_.wrong))
    return patched(states(work.task)[work.round - 1], round_.wrong[name], name)


def main() -> None:
    """The run, in the folder named first; what else is given goes to `relaybench run`."""
    run_dir = sys.argv[1]
    with Provider() as provider:
        provider.script = Model()
        agents = [part for name in AGENTS for part in ("--agent", str(HERE / "example_agents" / f"{name}.toml"))]
        command = [str(Path(sys.executable).with_name("relaybench")), "run", "--agent", "reference", *agents]
        command += ["--agent", "nop", "--model", "gpt-5-mini", "--attempts", "2", "--run-dir", run_dir, *sys.argv[2:]]
        sys.exit(subprocess.run(command, cwd=ROOT, env={**os.environ, **provider.env()}, check=False).returncode)


if __name__ == "__main__":
    main()
