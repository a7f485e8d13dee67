"""The gateway: every model call of every trial passes here.

One asynchronous loop in one thread of the orchestrator's process; nothing else in relaybench is asynchronous. Each
trial has a session: a unix socket of its own, which says whose call it is, and a random token, which is checked too.

    with Gateway(read_upstreams(os.environ)) as gateway, gateway.session(folder, model="gpt-5") as session:
        session.begin_turn(1, 1)
        ...                              # clients talk HTTP to session.socket with session.token
        usage = session.end_turn()
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import secrets
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send

from harness.gateway.bodies import Bodies, Redactor, read_body
from harness.gateway.call import answer
from harness.gateway.client import Refused
from harness.gateway.connections import Connections
from harness.gateway.door import Door
from harness.gateway.faults import Fault, Faults
from harness.gateway.ledger import Ledger, Usage, totals
from harness.gateway.limits import Account, Limits, Reservation
from harness.gateway.prices import Prices, list_prices
from harness.gateway.trajectory import build_trajectory
from harness.gateway.upstream import Upstream
from harness.sandbox.sockets import socket_folder

T = TypeVar("T")
GRACE_S = 0.3
MOST_BESIDES = 2_000
_SWITCH_S = 0.0002
TurnId = tuple[int, int, bool]  # round, hand-in, whether the turn was open


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, to the first byte of an answer, between two pieces of it, and for all of it."""

    connect_s: float = 10.0
    first_byte_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 900.0


class Gateway:
    """A running gateway. Use as a context manager."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        prices: Prices | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._upstreams = dict(upstreams)
        self._prices = prices or list_prices()
        self._timeouts = timeouts or Timeouts()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)

    def __enter__(self) -> Gateway:
        # A full collection stops every call for as long as it looks through all objects of this process, some 20 ms for
        # what is there already and stays. Now it looks through what is new.
        gc.freeze()
        # A call is a dozen short pieces of work. While another thread computes (a workspace is unpacked, its lines are
        # looked at), each would wait five milliseconds for its turn: measured, 16 ms a call instead of 3; so, 4.
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        self._thread.start()
        connect_s = self._timeouts.connect_s
        self._providers = {name: Connections(upstream, connect_s) for name, upstream in self._upstreams.items()}
        return self

    def __exit__(self, *_: object) -> None:
        for connections in self._providers.values():
            self._run(connections.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        sys.setswitchinterval(self._switch_s)
        gc.unfreeze()

    @contextlib.contextmanager
    def session(
        self,
        folder: Path,
        *,
        model: str | None = None,
        allowed: Sequence[str] = (),
        limits: Limits | None = None,
        faults: Sequence[Fault] = (),
        seed: int = 0,
        max_output: int | None = None,
    ) -> Iterator[Session]:
        """A trial's access to models; ledger.jsonl and bodies/ appear in `folder`.

        `model` answers whatever model is asked for; without it clients choose, among `allowed` if that is given.
        `limits` hold for the whole session. `max_output` caps the tokens of one answer.
        """
        with socket_folder() as place:
            session = Session(
                folder,
                place / "gateway.sock",
                self._run,
                self._providers,
                self._upstreams,
                self._prices,
                self._timeouts,
                model=model,
                allowed=tuple(allowed),
                limits=limits or Limits(),
                faults=Faults(faults, seed),
                max_output=max_output,
            )
            try:
                self._run(session.open())
                yield session
            finally:
                self._run(session.close())
                session.ledger.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the gateway's thread, from another."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Session:
    """One trial's access. `token` and `socket` are for its clients; turns are told by the orchestrator.

    `limit_hit` is set shortly after a call was refused at a limit: then the client is to be ended. It is cleared by the
    next turn.
    """

    def __init__(
        self,
        folder: Path,
        socket: Path,
        run: Callable[[Coroutine[Any, Any, None]], None],
        providers: Mapping[str, Connections],
        upstreams: Mapping[str, Upstream],
        prices: Prices,
        timeouts: Timeouts,
        *,
        model: str | None,
        allowed: tuple[str, ...],
        limits: Limits,
        faults: Faults,
        max_output: int | None,
    ) -> None:
        self.token = f"rb-{secrets.token_urlsafe(24)}"
        self.socket = socket
        self.opened = time.monotonic()
        self.providers, self.upstreams, self.prices, self.timeouts = providers, upstreams, prices, timeouts
        self.model, self.allowed, self.max_output, self.faults = model, allowed, max_output, faults
        keys = [upstream.key for upstream in upstreams.values()]
        self.redact_keys = Redactor(keys)  # what a client gets
        self.redact = Redactor([*keys, self.token])  # what is stored
        self.ledger = Ledger(folder)
        self._bodies_folder = folder / "bodies"
        self.bodies = Bodies(self._bodies_folder, self.redact, self.ledger.later)
        self.limit_hit = threading.Event()
        self.running: set[asyncio.Task[Any]] = set()
        self._run = run
        self._trial = Account("trial", limits)
        self._rounds: dict[int, Account] = {0: Account("round")}
        self._turn: TurnId = (0, 0, False)
        self._lock = threading.Lock()
        self._settled = asyncio.Event()
        self._door = Door(self._app, socket)
        self._next_id = 0
        self._besides = 0  # requests of this turn that no limit counts
        self._sent: dict[tuple[str, str | None], int] = {}

    def begin_turn(self, round_: int, hand_in: int, limits: Limits | None = None) -> None:
        """Calls from now on belong to this turn; `limits` hold for all turns of the round together."""
        with self._lock:
            account = self._rounds.setdefault(round_, Account("round", limits or Limits()))
            self._turn = (round_, hand_in, True)
            self.limit_hit.clear()
            self._besides = 0
            account.begin_turn()
            self._trial.begin_turn()

    def end_turn(self) -> Usage:
        """End what still runs and close the turn; what it used."""
        with self._lock:
            round_, hand_in, was_open = self._turn
            self._turn = (round_, hand_in, False)
            if was_open:
                self._rounds[round_].end_turn()
                self._trial.end_turn()
        self._run(self._end_calls())
        return self.usage(round_, hand_in)

    def usage(self, round_: int | None = None, hand_in: int | None = None) -> Usage:
        """What was used in a turn, a round, or so far."""
        return totals(
            call for call in self.ledger.calls if round_ in (None, call.round) and hand_in in (None, call.hand_in)
        )

    def trajectory(self, *, agent: str, version: str, name: str) -> dict[str, Any]:
        """What happened so far, as an ATIF document; see `build_trajectory`. `name` is the session's in it."""
        self.ledger.flush()
        read = functools.partial(read_body, self._bodies_folder)
        return build_trajectory(self.ledger.calls, read, agent=agent, version=version, session=name)

    def enter(self) -> tuple[int, TurnId]:
        """The next call's number, and the turn it belongs to."""
        with self._lock:
            self._next_id += 1
            return self._next_id, self._turn

    def count_beside(self) -> None:
        """A request of this turn was no call for an answer, or was refused."""
        self._besides += 1

    def check_besides(self) -> None:
        """Raises `Refused` when there were more of those than any honest client makes: they cost us, not its agent."""
        if self._besides >= MOST_BESIDES:
            what = f"{MOST_BESIDES} of this turn were no calls for an answer, or could not be"
            raise Refused(400, f"No more requests: {what}.", limit=True)

    def sent_before(self, what: tuple[str, str | None], call: int) -> int | None:
        """The first call of this path with this body, if there was one."""
        first = self._sent.setdefault(what, call)
        return None if first == call else first

    async def let_in(self, turn: TurnId, reservation: Reservation) -> str | None:
        """Count a call, or say which limit forbids it; waits while calls in flight have yet to decide that."""
        accounts = (self._rounds[turn[0]], self._trial)
        while True:
            with self._lock:
                reached = next((said for account in accounts if (said := account.reached())), None)
                if reached:
                    return reached
                if not any(account.undecided() for account in accounts):
                    for account in accounts:
                        account.hold(reservation)
                    return None
            await self._settled.wait()

    def settle(self, turn: TurnId, reservation: Reservation, tokens: int, dollars: float) -> None:
        """A call that was let in has ended."""
        with self._lock:
            for account in (self._rounds[turn[0]], self._trial):
                account.settle(reservation, tokens, dollars)
        self._settled.set()  # whoever waits looks again; whoever waits then, waits for the next
        self._settled = asyncio.Event()

    def reached_limit(self, turn: TurnId) -> None:
        """A call of this turn was refused at a limit; the client has a moment to write down what it must."""

        def end() -> None:
            with self._lock:
                if self._turn == turn:
                    self.limit_hit.set()

        asyncio.get_running_loop().call_later(GRACE_S, end)

    async def open(self) -> None:
        """Listen."""
        await self._door.open()

    async def close(self) -> None:
        """Listen no more; end what runs."""
        await self._door.shut()
        await self._end_calls()
        self._door.hang_up()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self, scope, receive, send)

    async def _end_calls(self) -> None:
        """Cancel all calls, and wait until they are in the ledger."""
        left = [task for task in self.running if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=5)
