"""A call's entry in the ledger, while what it says is still happening."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING

from harness.gateway.client import Client
from harness.gateway.faults import Fault
from harness.gateway.ledger import Call, Outcome, Tokens
from harness.gateway.limits import Reservation
from harness.gateway.meter import estimated_input, estimated_output
from harness.gateway.protocols import Dialect, Route, spoken_for

if TYPE_CHECKING:
    from harness.gateway.server import Session

REFUSED_CAP = 64 << 10  # bytes kept of a request that nobody answered


class Entry:
    """What is known of one call so far. See `Call` for what each means."""

    def __init__(self, session: Session, client: Client) -> None:
        self.session, self.client = session, client
        self.began = time.monotonic()
        self.at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        self.id, self.turn = session.enter()
        self.dialect: Dialect = spoken_for(client.path, dict(client.headers))
        self.route = Route("other", client.path)
        self.outcome: Outcome = "ok"
        self.error = ""
        self.sent = self.stream = self.auxiliary = False
        self.upstream_status: int | None = None
        self.fault: Fault | None = None
        self.fault_reached: bool | None = None
        self.model_asked = self.model = ""
        self.hosted_tools: tuple[str, ...] = ()
        self.retry_of: int | None = None
        self.reservation: Reservation | None = None
        self.request: bytes = b""
        self.request_name: str | None = None
        self.reply: bytes | bytearray = b""
        self.tokens: Tokens | None = None  # by the provider's count
        self.estimated = False
        self.first_byte: float | None = None

    def settle(self) -> tuple[Tokens, float | None]:
        """What the call came to, in tokens and dollars; the reservation is given back."""
        tokens = self._counted()
        dollars: float | None = 0.0
        if self.sent and self.route.kind == "generate":
            price = self.session.prices.of(self.model)
            dollars = price.of(tokens) if price else None
        if self.reservation:
            self.session.settle(self.turn, self.reservation, tokens.input + tokens.output, dollars or 0.0)
            self.reservation = None
        return tokens, dollars

    def close(self) -> None:
        """Settle, and write the line."""
        session = self.session
        tokens, dollars = self.settle()
        if self.request and self.request_name is None:
            self.request_name = session.bodies.put(self.request, REFUSED_CAP)
        if self.route.kind != "generate" or self.outcome == "refused":
            session.count_beside()
        round_, hand_in, open_ = self.turn
        session.ledger.add(
            Call(
                id=self.id,
                at=self.at,
                began_s=round(self.began - session.opened, 4),
                round=round_,
                hand_in=hand_in,
                between_turns=not open_,
                method=self.client.method,
                path=session.redact.text(self.client.path),
                protocol=self.dialect.NAME if self.route.kind != "other" else "",
                kind=self.route.kind,
                outcome=self.outcome,
                status=self.client.status,
                upstream_status=self.upstream_status,
                sent=self.sent,
                model_asked=session.redact.text(self.model_asked),
                model=session.redact.text(self.model),
                stream=self.stream,
                auxiliary=self.auxiliary,
                hosted_tools=tuple(session.redact.text(name) for name in self.hosted_tools),
                retry_of=self.retry_of,
                fault=self.fault.id if self.fault else None,
                fault_reached=self.fault_reached,
                input_tokens=tokens.input,
                cached_tokens=tokens.cached,
                cache_write_tokens=tokens.cache_write,
                output_tokens=tokens.output,
                reasoning_tokens=tokens.reasoning,
                estimated=self.estimated,
                dollars=dollars,
                first_byte_s=None if self.first_byte is None else round(self.first_byte - self.began, 4),
                total_s=round(time.monotonic() - self.began, 4),
                request=self.request_name,
                response=session.bodies.put(bytes(self.reply)) if self.reply else None,
                error=session.redact.text(self.error),
            )
        )

    def _counted(self) -> Tokens:
        """The call's tokens: the provider's count, or an estimate where it was cut short or gave none."""
        answered = self.sent and self.route.kind == "generate" and (self.upstream_status or 0) < 300
        if not answered or self.outcome == "unreachable":
            return Tokens()
        if self.tokens is None:
            self.estimated = True
            return Tokens(input=estimated_input(self.request), output=estimated_output(bytes(self.reply)))
        if self.estimated:  # the provider told the input before the end was lost
            known = self.tokens
            return Tokens(known.input, known.cached, known.cache_write, estimated_output(bytes(self.reply)))
        return self.tokens
