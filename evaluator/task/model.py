"""The task format: what `task.toml`, `facts.toml`, `constraints.toml` and `complaints.toml` may say.

Unknown keys are errors. A `Task` is all of a task's folder in memory; nothing else reads the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from harness.formats import Strict
from harness.sandbox.tree import Tree

Kind = Literal["fix", "feature", "refactor"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z]{3,30}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Fraction = Annotated[float, Field(ge=0)]

# Where tests usually are, for a task that does not say it.
USUAL_TESTS = (
    "tests/*", "test/*", "*/tests/*", "*/test/*", "*/__tests__/*", "test_*.py", "*/test_*.py", "*_test.go",
    "*.test.js", "*.test.ts", "*.test.tsx", "*.test.mjs", "*.spec.js", "*.spec.ts", "*_test.rb", "*_spec.rb",
)  # fmt: skip


class TaskError(Exception):
    """A task that cannot be used: file, key, what was found, what is allowed."""


class Effort(Strict):
    """What a round may take: a target to aim for or a cap. Absent means not judged."""

    turns: Annotated[int, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    dollars: Annotated[float, Field(gt=0)] | None = None
    wall_s: Seconds | None = None


class GroupEntry(Strict):
    """What a requirement group weighs; a critical one, newly broken, makes the round worth nothing."""

    weight: Annotated[float, Field(gt=0)] = 1.0
    critical: bool = False


class RoundEntry(Strict):
    """One round in task.toml. `tries` counts hand-ins; `retires` names earlier groups that this round ends."""

    kind: Kind
    deadline_s: Seconds
    turn_deadline_s: Seconds | None = None
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    retires: tuple[str, ...] = ()
    targets: Effort = Effort()
    caps: Effort = Effort()
    groups: dict[str, GroupEntry] = {}


class BaseEntry(Strict):
    """The groups that are true at the seed and for ever."""

    groups: dict[str, GroupEntry] = {}


class Run(Strict):
    """How the subject runs. `start_s` is the time in which a service should be healthy; `grade_s` bounds a grade.

    `build` is run once in the fresh tree before anything else; when it fails, so does the work.
    In `service`, `{port}` is a free port and `{data}` a folder that stays over a restart.
    """

    build: tuple[str, ...] = ()
    build_s: Seconds = 60.0
    service: tuple[str, ...] = ()
    health: str = "/"
    cli: tuple[str, ...] = ()
    call: Literal["python", "javascript"] | None = None
    start_s: Seconds = 5.0
    grade_s: Seconds = 60.0
    env: dict[str, str] = {}

    @model_validator(mode="after")
    def _runs_somehow(self) -> Run:
        if not (self.service or self.cli or self.call):
            raise ValueError("one of `service`, `cli` or `call` is needed")
        return self


class SandboxEntry(Strict):
    """What one box of the task may use; both asked for and the limit."""

    cpus: Annotated[float, Field(gt=0, le=16)] = 1.0
    memory_mb: Annotated[int, Field(ge=64, le=65_536)] = 512
    pids: Annotated[int, Field(ge=32, le=4_096)] = 256
    workspace_mb: Annotated[int, Field(ge=8, le=4_096)] = 64

    @model_validator(mode="after")
    def _memory_holds_the_disks(self) -> SandboxEntry:
        # Workspace, home and /tmp are of that size each, and lie in memory.
        if self.memory_mb < 3 * self.workspace_mb + 64:
            raise ValueError(f"`memory_mb` must be at least 3 * workspace_mb + 64, here {3 * self.workspace_mb + 64}")
        return self


class VisibleTests(Strict):
    """The tests that the agent gets: which files they are, and the command that runs those named by `{files}`.

    Without `paths` the usual places count; without `command` the agent's own tests are not judged.
    """

    paths: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    timeout_s: Seconds = 60.0


class Manifest(Strict):
    """task.toml."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: str
    language: Literal["python", "javascript", "go"]
    domain: str
    difficulty: Literal["easy", "medium", "hard"]
    summary: str
    owners: Annotated[tuple[str, ...], Field(min_length=1)]
    canary: Annotated[str, StringConstraints(pattern=r"^relaybench-canary-[0-9a-f-]{36}$")]
    protected: tuple[str, ...] = ()
    run: Run
    sandbox: SandboxEntry = SandboxEntry()
    base: BaseEntry = BaseEntry()
    tests: VisibleTests = VisibleTests()
    expects: Literal["work", "nothing"] = "work"  # "nothing" in variants: right is to leave the tree as it is
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    rounds: Annotated[dict[int, RoundEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _calls_are_of_the_language(self) -> Manifest:
        if self.run.call not in (None, self.language):
            raise ValueError(f"`run.call` is {self.run.call!r}, but boxes for {self.language} cannot call it")
        return self

    @model_validator(mode="after")
    def _rounds_are_counted(self) -> Manifest:
        if sorted(self.rounds) != list(range(1, len(self.rounds) + 1)):
            raise ValueError(f"rounds are numbered 1, 2, 3, ...; found {sorted(self.rounds)}")
        return self


class Fact(Strict):
    """Something the reporter knows and tells when asked. `rounds` empty means all."""

    id: Name
    value: str
    questions: Annotated[tuple[str, ...], Field(min_length=2)]
    rounds: tuple[int, ...] = ()
    weight: Annotated[float, Field(gt=0)] = 1.0
    necessary: bool = False
    discoverable: bool = False


class Facts(Strict):
    """facts.toml."""

    fact: tuple[Fact, ...] = ()


class Constraint(Strict):
    """A standing rule, stated once in round 1; `probe` is the test file that watches it every round."""

    id: Name
    rule: str
    probe: str


class Constraints(Strict):
    """constraints.toml."""

    constraint: tuple[Constraint, ...] = ()


class Rename(Strict):
    """rename.toml: for each word of the domain another one that occurs nowhere in the task, both in small letters."""

    words: dict[Word, Word] = {}


@dataclass(frozen=True)
class Group:
    """One requirement group: one hidden test file. `id` is "base/payment", "1-fix/sale-window", "constraint/...".

    `path` is where the oracle puts the file, `text` what is in it.
    """

    id: str
    round: int  # 0 for base and constraints
    path: str
    text: str
    weight: float = 1.0
    critical: bool = False

    @property
    def name(self) -> str:
        """The part after the slash."""
        return self.id.partition("/")[2]


@dataclass(frozen=True)
class Round:
    """One round, whole. `solutions[k]` is the patch of reference chain k + 1 over that chain's state before."""

    number: int
    kind: Kind
    entry: RoundEntry
    report: str
    clear: str
    complaints: Mapping[str, str]
    groups: tuple[Group, ...]
    solutions: tuple[bytes, ...]
    wrong: Mapping[str, bytes]
    impossible: str = ""

    @property
    def slug(self) -> str:
        """The folder's name: "1-fix"."""
        return f"{self.number}-{self.kind}"

    @property
    def turn_deadline_s(self) -> float:
        """The longest single turn."""
        return min(self.entry.turn_deadline_s or self.entry.deadline_s, self.entry.deadline_s)


@dataclass(frozen=True)
class Task:
    """A task's folder, read and checked."""

    folder: Path
    manifest: Manifest
    seed: Tree
    requirements: tuple[str, ...]
    conftest: str
    base: tuple[Group, ...]
    constraints: tuple[Constraint, ...]
    probes: tuple[Group, ...]
    facts: tuple[Fact, ...]
    rounds: tuple[Round, ...]
    mutants: Mapping[str, bytes]
    rename: Mapping[str, str]
    digest: str  # sha256 over the folder; two runs with the same digest asked the same

    @property
    def id(self) -> str:
        """The task's id, also its folder's name."""
        return self.manifest.id

    def required(self, number: int) -> tuple[Group, ...]:
        """Base and rounds 1..number, without what has been retired."""
        retired = {group for round_ in self.rounds[:number] for group in round_.entry.retires}
        hidden = [group for round_ in self.rounds[:number] for group in round_.groups]
        return tuple(group for group in (*self.base, *hidden) if group.id not in retired)

    def solution(self, chain: int) -> dict[int, bytes]:
        """The patches of reference chain `chain` (1, 2, ...) by round; chain 1 fills what a chain leaves out."""
        return {
            round_.number: round_.solutions[chain - 1 if chain <= len(round_.solutions) else 0]
            for round_ in self.rounds
        }

    @property
    def chains(self) -> int:
        """How many reference chains there are."""
        return max(len(round_.solutions) for round_ in self.rounds)
