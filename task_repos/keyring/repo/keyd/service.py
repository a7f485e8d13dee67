"""Everything wired together; also the library interface, see README."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keyd.admin import Admin
from keyd.audit import Audit
from keyd.clock import Clock
from keyd.config import Config
from keyd.decisions import DecisionCache
from keyd.directory import Directory
from keyd.grants import Grants
from keyd.invalidation import Invalidation
from keyd.log import Log
from keyd.names import (
    PrincipalId,
    TenantId,
    checked_name,
    checked_permission,
    checked_resource,
    is_audited,
)
from keyd.policy import Policy
from keyd.roles import Roles


class Keyring:
    def __init__(self, path: Path | str = ":memory:", config: Config = Config()) -> None:
        self.clock = Clock()
        self.log = Log(path, self.clock)
        self.directory = Directory(self.log)
        self.roles = Roles(self.log)
        self.grant_list = Grants(self.log)
        self.audit_log = Audit(self.log)
        self.policy = Policy(self.directory, self.roles, self.grant_list)
        self.cache = DecisionCache(self.clock, config.cache_ttl, config.cache_principals)
        self.admin = Admin(self.log, self.directory, self.roles, self.grant_list, self.cache)
        self.log.subscribe(Invalidation(self.directory, self.cache))

    def load(self, lines: Iterable[str]) -> None:
        self.log.load(lines)

    def check(
        self, tenant: str, principal: str, permission: str, resource: str, actor: str = "library"
    ) -> dict[str, Any]:
        """May `principal` do this in `tenant`? {"allowed", "reason", "grant"}."""
        where = TenantId(checked_name(tenant, "tenant"))
        whom = PrincipalId(checked_name(principal, "principal"))
        checked_permission(permission)
        checked_resource(resource)
        decision = self.cache.get(where, whom, permission, resource)
        if decision is None:
            decision = self.policy.decide(where, whom, permission, resource)
            self.cache.put(where, whom, permission, resource, decision)
        if is_audited(permission):
            self.log.append(
                where, "check.answered", actor, principal=whom, permission=permission,
                resource=resource, **decision.as_json(),
            )
        return decision.as_json()

    def grant(
        self, tenant: str, subject: str, role: str, resource: str, actor: str = "library"
    ) -> dict[str, Any]:
        where = TenantId(checked_name(tenant, "tenant"))
        checked_name(role, "role")
        checked_resource(resource, star=True)
        return self.admin.grant(where, subject, role, resource, actor).as_json()

    def revoke(self, tenant: str, grant: int, actor: str = "library") -> None:
        self.admin.revoke(TenantId(checked_name(tenant, "tenant")), grant, actor)

    def grants(self, tenant: str) -> list[dict[str, Any]]:
        where = TenantId(checked_name(tenant, "tenant"))
        self.directory.tenant_name(where)
        return [grant.as_json() for grant in self.grant_list.all(where)]

    def access(self, tenant: str, principal: str) -> list[dict[str, Any]]:
        """The grants that reach someone, directly or through groups, by id."""
        where = TenantId(checked_name(tenant, "tenant"))
        whom = PrincipalId(checked_name(principal, "principal"))
        self.directory.tenant_name(where)
        subjects = self.policy.subjects(where, whom)
        found = sorted(self.policy.grants_for(where, subjects), key=lambda grant: grant.id)
        return [grant.as_json() for grant in found]

    def audit(self, tenant: str, kind: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        where = TenantId(checked_name(tenant, "tenant"))
        self.directory.tenant_name(where)
        return self.audit_log.entries(where, kind=kind, after=after)
