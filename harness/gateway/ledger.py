"""The ledger: one record a call, the totals over them, and both on disk as they happen.

`totals` is the one place where calls become numbers; limits, turns, rounds and trials all count the same way.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.formats import Strict

# ok: the provider's reply went through whole. upstream_error: its own error status did, or what it sent was no answer.
# refused: we did not forward it (shape, token, path). limit: a limit was reached. fault: answered by a planned fault.
# unreachable, timed_out, cut: before a reply, without one in time, in the middle of one. hung_up: the client left.
# ended: the turn was over.
Outcome = Literal[
    "ok", "upstream_error", "refused", "limit", "fault", "unreachable", "timed_out", "cut", "hung_up", "ended"
]
Kind = Literal["generate", "count", "models", "other"]


@dataclass(frozen=True)
class Tokens:
    """Tokens of one call, whatever the provider calls them.

    `input` includes what was read from a cache (`cached`) and written to one (`cache_write`); `output` includes
    `reasoning`.
    """

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class Call(Strict):
    """One request of a client and what became of it. A line of ledger.jsonl.

    `at` is wall-clock time (UTC), `began_s` seconds since the session opened; `first_byte_s` and `total_s` run from
    the request. `hand_in` counts turns of a round from 1; `between_turns` marks a call that came when none was open.
    `hosted_tools` were offered to the model and taken out. `sent` says whether it went to the provider: only then it
    costs. `request` and `response` name files in bodies/. `dollars` is None where the model has no known price.
    """

    id: int
    at: str
    began_s: float
    round: int
    hand_in: int
    between_turns: bool
    method: str
    path: str
    protocol: str = ""
    kind: Kind = "other"
    outcome: Outcome
    status: int | None = None
    upstream_status: int | None = None
    sent: bool = False
    model_asked: str = ""
    model: str = ""
    stream: bool = False
    auxiliary: bool = False
    hosted_tools: tuple[str, ...] = ()
    retry_of: int | None = None
    fault: str | None = None
    fault_reached: bool | None = None
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    dollars: float | None = 0.0
    first_byte_s: float | None = None
    total_s: float = 0.0
    request: str | None = None
    response: str | None = None
    error: str = ""


@dataclass(frozen=True)
class Usage:
    """What a turn, a round or a trial used.

    `calls` went to the provider; of those `failed` ended in an error the client saw, `retries` repeated a body sent
    before, `auxiliary` offered the model no tools. Planned faults and refusals are counted apart: they are not the
    agent's doing, or not the provider's. `dollars` is None when a call's price is unknown; `estimated` says that at
    least one call's tokens are. `first_reply_s` holds each call's time to its first byte, but for those
    that a planned fault delayed.
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
    dollars: float | None = 0.0
    estimated: bool = False
    first_reply_s: tuple[float, ...] = ()
    limit_hit: str | None = None

    @property
    def tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens


def totals(calls: Iterable[Call]) -> Usage:
    """The sums over `calls`; only calls for a model's answer count."""
    calls = list(calls)
    asked = [call for call in calls if call.kind == "generate"]
    sent = [call for call in asked if call.sent]
    prices = [call.dollars for call in sent]
    return Usage(
        calls=len(sent),
        failed=sum(call.outcome not in ("ok", "hung_up", "ended", "fault") for call in sent),
        retries=sum(call.retry_of is not None for call in sent),
        auxiliary=sum(call.auxiliary for call in sent),
        faults=sum(call.fault is not None for call in asked),
        refused=sum(call.outcome in ("refused", "limit") for call in asked),
        between_turns=sum(call.between_turns for call in asked),
        input_tokens=sum(call.input_tokens for call in sent),
        cached_tokens=sum(call.cached_tokens for call in sent),
        cache_write_tokens=sum(call.cache_write_tokens for call in sent),
        output_tokens=sum(call.output_tokens for call in sent),
        reasoning_tokens=sum(call.reasoning_tokens for call in sent),
        dollars=None if None in prices else sum(price for price in prices if price is not None),
        estimated=any(call.estimated for call in sent),
        first_reply_s=tuple(call.first_byte_s for call in sent if call.first_byte_s is not None and not call.fault),
        limit_hit=next((call.error for call in calls if call.outcome == "limit"), None),
    )


class Ledger:
    """The calls of one session, in memory and below `folder`. Disk work happens in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "ledger.jsonl").open("a", encoding="utf-8", buffering=1)
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._broken: OSError | None = None
        self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._thread.start()

    @property
    def calls(self) -> list[Call]:
        """All calls that ended, in the order in which they did."""
        with self._lock:
            return list(self._calls)

    def add(self, call: Call) -> None:
        """Enter a call that has ended."""
        with self._lock:
            self._calls.append(call)
        line = json.dumps(call.model_dump(exclude_defaults=True)) + "\n"
        self.later(lambda: self._file.write(line))

    def later(self, work: Callable[[], object]) -> None:
        """Do some disk work soon, after what was asked before."""
        self._work.put(work)

    def flush(self) -> None:
        """Wait until all disk work asked for so far is done."""
        done = threading.Event()
        self._work.put(done.set)
        done.wait(60)

    def close(self) -> None:
        """Write what is left. Raises the `OSError` that writing met, if any."""
        self._work.put(None)
        self._thread.join(60)
        self._file.close()
        if self._broken:
            raise self._broken

    def _write(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except OSError as error:
                self._broken = self._broken or error


def read_ledger(path: Path) -> list[Call]:
    """The calls in a ledger.jsonl."""
    return [Call.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]
