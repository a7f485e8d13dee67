"""Forgets the decisions that an event has made stale. Hears the log, so no operation can miss it."""

from __future__ import annotations

from keyd.decisions import DecisionCache
from keyd.directory import Directory
from keyd.log import Event
from keyd.names import GroupRef, PrincipalId, parse_subject


class Invalidation:
    def __init__(self, directory: Directory, cache: DecisionCache) -> None:
        self._directory = directory
        self._cache = cache

    def __call__(self, event: Event) -> None:
        area = event.kind.partition(".")[0]
        if area == "role":
            self._cache.forget_tenant(event.tenant)
        elif event.kind == "group.deleted":
            self._cache.forget_tenant(event.tenant)
        elif area == "grant":
            subject = parse_subject(event.tenant, event.data["subject"])
            if isinstance(subject, GroupRef):
                self._forget_members(subject)
            else:
                self._forget(subject)
        elif area == "group" and "with" in event.data:
            self._forget_members(GroupRef(event.tenant, event.data["group"]))
        elif area in ("principal", "guest", "member"):
            self._forget(event.data["principal"])

    def _forget_members(self, group: GroupRef) -> None:
        for principal in self._directory.members(group):
            self._forget(principal)

    def _forget(self, principal: PrincipalId) -> None:
        found = self._directory.find(principal)
        if found is not None:
            self._cache.forget(found.tenant, principal)
