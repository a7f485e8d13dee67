"""The model gateway: holds the keys; meters, limits and records every call; misbehaves when asked to.

Knows nothing of tasks, rounds' meaning or scores. `Gateway` runs it, `Gateway.session` is one trial's access.
"""

from harness.gateway.faults import Fault, FaultPlan
from harness.gateway.ledger import Call, Usage, read_ledger, totals
from harness.gateway.limits import Limits
from harness.gateway.server import Gateway, Session, Timeouts
from harness.gateway.upstream import GatewayError, Upstream, check, read_upstreams

__all__ = [
    "Call",
    "Fault",
    "FaultPlan",
    "Gateway",
    "GatewayError",
    "Limits",
    "Session",
    "Timeouts",
    "Upstream",
    "Usage",
    "check",
    "read_ledger",
    "read_upstreams",
    "totals",
]
