"""What happened, as data: events, grades, results. Written by trials, read by scoring, statistics and reports.

Everything here is a frozen model that refuses unknown keys, so a stored file either means what it says or is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.formats import Strict

MEASURES_VERSION = 1  # raised whenever static analysis could see something else in the same trees
SCORING_VERSION = 2  # raised whenever a stored score could change


class GroupResult(Strict):
    """One requirement group in one grade. `round` is 0 for base; `tests` maps each test to "" or why it failed."""

    round: int
    weight: float
    critical: bool
    passed: bool
    tests: dict[str, str]


class Grade(Strict):
    """One graded hand-in. `reason` says why nothing could be tested (then every group failed), else "".

    `start_s` is how long the service took to become healthy, None when it did not.
    """

    round: int
    hand_in: int
    groups: dict[str, GroupResult]
    probes: dict[str, GroupResult]
    start_s: float | None
    reason: str
    wall_s: float
    log: str = ""

    @property
    def green(self) -> bool:
        """Whether every group passed."""
        return all(group.passed for group in self.groups.values())


class Usage(Strict):
    """What one turn cost at the models, as the gateway metered it. `input_tokens` includes the cached ones.

    `auxiliary` are calls that carry no work (token counts, titles); `first_reply_s` is the time to the first byte of
    each call that succeeded; `dollars` is None where a price is unknown, `estimated` says that tokens were counted by
    us and not by the provider; `limit_hit` names the cap that ended the turn.
    """

    calls: int = 0
    failed: int = 0
    retries: int = 0
    auxiliary: int = 0
    faults: int = 0
    refused: int = 0
    between_turns: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    dollars: float | None = None
    estimated: bool = False
    first_reply_s: tuple[float, ...] = ()
    limit_hit: str | None = None


class Statement(Strict):
    """What an agent says of its own work when it hands in. `confidence` is the chance, 0 to 1, that it is right."""

    summary: str = ""
    root_cause: str = ""
    assumptions: tuple[str, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    abstain: bool = False


class Action(Strict):
    """One thing an agent did, from its trajectory. `ok` is None where its outcome is unknown."""

    at: float
    kind: Literal["command", "edit", "test", "question", "other"]
    text: Annotated[str, Field(max_length=300)]
    ok: bool | None = None


class Fault(Strict):
    """A fault put in the agent's way. `recovered`: its post-condition held at the round's end, without collateral."""

    id: str
    kind: str
    at: float
    recovered: bool


class OwnTests(Strict):
    """The agent's new or changed tests of one round, judged on trees that it does not choose. None: not judged.

    `mutants` is how many breakages the tests were run on, `killed` how many they noticed, `reference_killed` how many
    the reference's own tests notice; only the last round has them. `missing` says why something was not judged.
    """

    files: tuple[str, ...]
    red_at_start: bool | None = None
    green_on_own: bool | None = None
    green_on_reference: bool | None = None
    mutants: int = 0
    killed: int = 0
    reference_killed: int = 0
    missing: str = ""


class Measures(Strict):
    """What static analysis saw of one round's change, tests and documents left out; see `scoring.quality`.

    The four of structure are growth over the round: end minus start. `failed` says why the agent's files could not be
    measured: then every measure counts as its worst. `api` maps public names that were there at the start to whether
    they still are, unchanged.
    """

    changed_tokens: int = 0
    outside_tokens: int = 0
    decisions: float = 0.0
    erosion: float = 0.0
    clones: float = 0.0
    lint: float | None = None
    files: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    api: dict[str, bool] | None = None
    tests: tuple[str, ...] = ()
    tests_lost: int = 0
    failed: str = ""


class _Event(Strict):
    at: float  # seconds since the trial began
    round: int


class Message(_Event):
    """The reporter said something of its own accord."""

    event: Literal["message"] = "message"
    hand_in: int
    kind: Literal["report", "complaint"]
    text: str


class Asked(_Event):
    """The agent asked the reporter; `fact` is what the question unlocked.

    `edited` is whether the workspace had been written to since the turn began, None where that is not known.
    """

    event: Literal["asked"] = "asked"
    question: str
    fact: str | None
    answer: str
    edited: bool | None = None


class TurnBegan(_Event):
    """The agent's clock runs: the turn is ended after `limit_s` seconds, never more than its round has left."""

    event: Literal["turn_began"] = "turn_began"
    hand_in: int
    limit_s: float


class TurnEnded(_Event):
    """The agent's turn is over; see `harness.agents.TurnEnd`."""

    event: Literal["turn_ended"] = "turn_ended"
    hand_in: int
    reason: Literal["finished", "failed", "timed_out"]
    wall_s: float
    exit_code: int | None
    overrun_s: float
    output: str


class HandedIn(_Event):
    """A workspace was copied out. `breach` says which cap it broke; then the round is not solved."""

    event: Literal["handed_in"] = "handed_in"
    hand_in: int
    changed: tuple[str, ...]
    protected: tuple[str, ...]
    dropped: tuple[str, ...]
    left_running: tuple[str, ...]
    breach: str | None


class Graded(_Event):
    """A hand-in was graded."""

    event: Literal["graded"] = "graded"
    hand_in: int
    red: tuple[str, ...]
    reason: str


class BoxReplaced(_Event):
    """The agent's box had to be replaced by a new one; what the agent had outside the workspace is gone."""

    event: Literal["box_replaced"] = "box_replaced"
    why: str


class Metered(_Event):
    """What a turn cost at the models."""

    event: Literal["metered"] = "metered"
    hand_in: int
    usage: Usage


class Stated(_Event):
    """What the agent said of its work at a hand-in. `dropped` says which parts could not be read, and why."""

    event: Literal["stated"] = "stated"
    hand_in: int
    statement: Statement
    dropped: tuple[str, ...] = ()


class Acted(_Event):
    """What the agent did in a turn, in order."""

    event: Literal["acted"] = "acted"
    hand_in: int
    actions: tuple[Action, ...]


class Faulted(_Event):
    """A fault was injected, and what became of it."""

    event: Literal["faulted"] = "faulted"
    fault: Fault


class TestsJudged(_Event):
    """The agent's own tests of a round were run in boxes of ours, after the trial."""

    __test__ = False  # not a test of pytest's

    event: Literal["tests_judged"] = "tests_judged"
    own_tests: OwnTests


Event = Annotated[
    Message
    | Asked
    | TurnBegan
    | TurnEnded
    | HandedIn
    | Graded
    | BoxReplaced
    | Metered
    | Stated
    | Acted
    | Faulted
    | TestsJudged,
    Field(discriminator="event"),
]


class RoundResult(Strict):
    """One round of a trial, scored. `groups` is after the last hand-in, `first_try` the correctness of the first."""

    n: int
    kind: str
    strict: bool
    isolated: bool
    correctness: float
    first_try: float
    hand_ins: int
    groups: dict[str, Literal["passed", "failed"]]
    constraints: dict[str, Literal["passed", "failed"]]
    wall_s: float
    timed_out: bool
    reason: str = ""


class TrialResult(Strict):
    """One trial. Only a `completed` one has scores; an infrastructure error says in `error` what happened.

    `score_parts` holds the numbers that each axis was made of, `composites` the composite under other weights; `start`
    is the first round played, the rounds before having been put there by the reference.
    """

    agent: str
    task: str
    task_version: int
    task_digest: str
    attempt: int
    sandbox: str
    limits: str = "full"
    outcome: Literal["completed", "infrastructure_error"]
    error: str = ""
    flags: tuple[str, ...] = ()
    variant: Literal["vague", "clear"] = "vague"
    start: int = 1
    scores: dict[str, float | None] = {}
    composites: dict[str, float] = {}
    score_parts: dict[str, dict[str, float | None]] = {}
    subskills: dict[str, float | None] = {}
    rounds: tuple[RoundResult, ...] = ()
    questions: int = 0
    dollars: float | None = None  # what its model calls cost; None when there were none, or a price is not known
    agent_wall_s: float = 0.0
    wall_s: float = 0.0
    scoring_version: int = SCORING_VERSION

    @property
    def name(self) -> str:
        """The folder's name."""
        return trial_name(self.agent, self.task, self.attempt, self.variant, self.start)

    @property
    def arm(self) -> str:
        """ "" for a trial that counts, else which comparison it serves: "clear", "from2", ..."""
        return arm(self.variant, self.start)


def trial_name(agent: str, task: str, attempt: int, variant: str = "vague", start: int = 1) -> str:
    """A trial's folder, and its label on boxes."""
    suffix = arm(variant, start)
    return f"{agent}--{task}--{attempt}" + (f"+{suffix}" if suffix else "")


def arm(variant: str, start: int) -> str:
    """Which comparison a trial serves: clear twin, or start from the reference's state; "" for one that counts."""
    return "clear" if variant == "clear" else f"from{start}" if start > 1 else ""
