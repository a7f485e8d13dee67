"""Faults on purpose: by rule, reproducible from a seed, and never blamed on the agent.

A call meets the first rule that matches and strikes. Each rule counts the calls it matches for itself and draws from
its own stream of random numbers, so one rule more or less does not shift the others.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from harness.formats import Strict


class Fault(Strict):
    """One rule. It strikes calls whose path and model match the patterns, and what it does is the rest.

    `nth` names the matching calls it strikes (1 is the first), `probability` is a chance for each; without either it
    strikes all. `status` answers for the provider, with `body` (default: an error in the client's dialect) and
    `retry_after_s`; `drop` hangs up before any answer. The others let the provider answer: `delay_s` before it is
    asked, `event_delay_s` before each event, `truncate_after` so many events hang up, `error_after` so many end
    the stream with an error event.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")]
    path: str = "*"
    model: str = "*"
    nth: tuple[Annotated[int, Field(ge=1)], ...] = ()
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    body: str | None = None
    retry_after_s: Annotated[int, Field(ge=0)] | None = None
    drop: bool = False
    delay_s: Annotated[float, Field(ge=0)] = 0.0
    event_delay_s: Annotated[float, Field(ge=0)] = 0.0
    truncate_after: Annotated[int, Field(ge=0)] | None = None
    error_after: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Fault:
        ends = [self.status is not None, self.drop, self.truncate_after is not None, self.error_after is not None]
        if sum(ends) > 1:
            raise ValueError("only one of `status`, `drop`, `truncate_after`, `error_after` is possible")
        if not any(ends) and not (self.delay_s or self.event_delay_s):
            raise ValueError("it does nothing: give `status`, `drop`, a delay, `truncate_after` or `error_after`")
        return self


FaultPlan = tuple[Fault, ...]


class Faults:
    """A plan at work in one session."""

    def __init__(self, plan: Sequence[Fault], seed: int) -> None:
        self._rules = [(fault, random.Random(f"{seed}:{fault.id}")) for fault in plan]  # noqa: S311 - reproducible
        self._matched = dict.fromkeys((fault.id for fault in plan), 0)

    def strike(self, path: str, model: str) -> Fault | None:
        """The fault that this call meets, if any. Call once a call, in order."""
        struck = None
        for fault, draw in self._rules:
            if not (fnmatchcase(path, fault.path) and fnmatchcase(model, fault.model)):
                continue
            self._matched[fault.id] += 1
            hit = fault.probability is None or draw.random() < fault.probability  # drawn always: the stream is stable
            if struck is None and hit and (not fault.nth or self._matched[fault.id] in fault.nth):
                struck = fault
        return struck
