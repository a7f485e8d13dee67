"""Any agent with access to models: its turns are the gateway's, and what they used is told with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.agents.protocol import Agent, Ask, Needs, Turn, TurnEnd, needs_of
from harness.gateway import Limits, Session
from harness.sandbox import Sandbox


class Metered:
    """An agent whose turns begin and end in `session`; `limits` hold for all turns of a round together."""

    def __init__(self, agent: Agent, session: Session, limits: Mapping[int, Limits]) -> None:
        self._agent, self._session, self._limits = agent, session, limits
        self._hand_ins: Counter[int] = Counter()

    @property
    def files(self) -> Path | None:
        """See `Agent.files`."""
        return self._agent.files

    @property
    def needs(self) -> Needs:
        """See `needs_of`."""
        return needs_of(self._agent)

    def enter(self, box: Sandbox, ask: Ask) -> None:
        """See `Agent.enter`."""
        self._agent.enter(box, ask)

    def turn(self, turn: Turn) -> TurnEnd:
        """See `Agent.turn`."""
        self._hand_ins[turn.round] += 1
        self._session.begin_turn(turn.round, self._hand_ins[turn.round], self._limits.get(turn.round))
        try:
            end = self._agent.turn(turn)
        finally:
            usage = self._session.end_turn()
        if usage.limit_hit and end.reason != "finished":  # it was ended for that, whatever its last words were
            end = replace(end, reason="failed", output=f"[ended: {usage.limit_hit}]\n{end.output}")
        elif end.reason == "finished" and (failure := self._last_failure(turn.round)):
            # Some programs exit with 0 when no model answered them.
            end = replace(end, reason="failed", output=f"[its last model call failed: {failure}]\n{end.output}")
        return replace(end, usage=usage)

    def _last_failure(self, round_: int) -> str:
        """How the turn's last call for an answer failed; "" when it did not."""
        hand_in = self._hand_ins[round_]
        ours = [
            call
            for call in self._session.ledger.calls
            if (call.round, call.hand_in, call.kind, call.auxiliary) == (round_, hand_in, "generate", False)
        ]
        if not ours or ours[-1].outcome in ("ok", "hung_up", "ended"):
            return ""
        return f"status {ours[-1].status}" if ours[-1].status else ours[-1].outcome

    def leave(self) -> None:
        """See `Agent.leave`."""
        self._agent.leave()
