"""Profiles: the conditions under which agents work. Named, recorded with a run, and never mixed."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from evaluator.scoring.rounds import REPLY_S
from harness.formats import Strict

if TYPE_CHECKING:
    from evaluator.task.model import Effort
    from harness.gateway import FaultPlan, Limits

Factor = Annotated[float, Field(gt=0)]


class CapFactors(Strict):
    """What the tasks' caps are multiplied with."""

    calls: Factor = 1.0
    tokens: Factor = 1.0
    dollars: Factor = 1.0


class Profile(Strict):
    """One profile. `reply_s` is the time in which a model should begin to answer; see `scoring.deployability`.

    With `noisy_reports` the reporter types in a hurry (`task.noise`). `faults` are rules of the gateway's
    (`harness.gateway.faults.Fault`), kept as written, since reports read them where there is no gateway. `seed`, the
    task and the attempt decide what goes wrong: the same for all agents, the same again in another run.
    """

    name: str = "plain"
    about: str = ""
    reply_s: Annotated[float, Field(gt=0)] = REPLY_S
    caps: CapFactors = CapFactors()
    noisy_reports: bool = False
    faults: tuple[dict[str, Any], ...] = ()
    seed: int = 0

    def __str__(self) -> str:
        if self == Profile():
            return self.name
        told = self.model_dump_json(exclude={"name", "about"})
        return f"{self.name} ({hashlib.sha256(told.encode()).hexdigest()[:12]})"

    def limits(self, caps: Effort) -> Limits:
        """A round's limits at the gateway, from its caps in the task."""
        from harness.gateway import Limits

        return Limits(
            calls=None if caps.turns is None else max(1, int(caps.turns * self.caps.calls)),
            tokens=None if caps.tokens is None else max(1, int(caps.tokens * self.caps.tokens)),
            dollars=None if caps.dollars is None else caps.dollars * self.caps.dollars,
        )

    def fault_plan(self) -> FaultPlan:
        """The faults, as the gateway takes them."""
        from harness.gateway import Fault

        return tuple(Fault.model_validate(rule) for rule in self.faults)

    def trial_seed(self, task: str, attempt: int) -> int:
        """The seed of a trial: the same for all agents, another for each attempt."""
        return zlib.crc32(f"{self.seed}:{task}:{attempt}".encode())

    def noise(self, task: str, attempt: int) -> int | None:
        """The seed of a trial's reports; None where they are as they were written."""
        return self.trial_seed(task, attempt) if self.noisy_reports else None
