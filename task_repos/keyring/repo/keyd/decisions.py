"""Decisions, kept in memory until something changes them."""

from __future__ import annotations

from dataclasses import dataclass

from keyd.clock import Clock
from keyd.names import PrincipalId, TenantId
from keyd.policy import Decision

Question = tuple[str, str]  # permission, resource


@dataclass(frozen=True)
class Kept:
    decision: Decision
    since: int


class DecisionCache:
    def __init__(self, clock: Clock, ttl: int, principals: int) -> None:
        self._clock = clock
        self._ttl = ttl
        self._principals = principals  # at most so many in a tenant
        self._kept: dict[TenantId, dict[PrincipalId, dict[Question, Kept]]] = {}

    def get(
        self, tenant: TenantId, principal: PrincipalId, permission: str, resource: str
    ) -> Decision | None:
        questions = self._kept.get(tenant, {}).get(principal, {})
        kept = questions.get((permission, resource))
        if kept is None or self._clock.now() >= kept.since + self._ttl:
            return None
        return kept.decision

    def put(
        self,
        tenant: TenantId,
        principal: PrincipalId,
        permission: str,
        resource: str,
        decision: Decision,
    ) -> None:
        people = self._kept.setdefault(tenant, {})
        if principal not in people and len(people) >= self._principals:
            del people[next(iter(people))]
        kept = Kept(decision, self._clock.now())
        people.setdefault(principal, {})[permission, resource] = kept

    def forget(self, tenant: TenantId, principal: PrincipalId) -> None:
        self._kept.get(tenant, {}).pop(principal, None)

    def forget_tenant(self, tenant: TenantId) -> None:
        self._kept.pop(tenant, None)

    def size(self) -> int:
        return sum(len(q) for people in self._kept.values() for q in people.values())
