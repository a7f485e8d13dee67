"""The audit log of a tenant: its events, told to people."""

from __future__ import annotations

from typing import Any

from keyd.log import Log
from keyd.names import TenantId


class Audit:
    def __init__(self, log: Log) -> None:
        self._log = log

    def entries(
        self, tenant: TenantId, *, kind: str | None = None, after: int = 0
    ) -> list[dict[str, Any]]:
        """Oldest first; `seq` counts from 1 within the tenant."""
        entries = [
            {
                "seq": seq,
                "at": event.at,
                "kind": event.kind,
                "actor": event.actor,
                "detail": event.data,
            }
            for seq, event in enumerate(self._log.events(tenant), 1)
        ]
        return [e for e in entries if e["seq"] > after and kind in (None, e["kind"])]
