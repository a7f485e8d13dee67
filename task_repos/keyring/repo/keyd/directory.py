"""Who is who: tenants, principals, guests, groups."""

from __future__ import annotations

from dataclasses import dataclass

from keyd.errors import unknown
from keyd.log import Log
from keyd.names import GroupRef, PrincipalId, TenantId


@dataclass(frozen=True)
class Principal:
    id: PrincipalId
    tenant: TenantId  # home
    name: str
    disabled: bool


class Directory:
    def __init__(self, log: Log) -> None:
        self._log = log

    # tenants

    def tenant_name(self, tenant: TenantId) -> str:
        row = self._log.row("SELECT name FROM tenants WHERE id = ?", tenant)
        if row is None:
            raise unknown("tenant", tenant)
        return str(row["name"])

    def has_tenant(self, tenant: TenantId) -> bool:
        return self._log.row("SELECT 1 FROM tenants WHERE id = ?", tenant) is not None

    # principals

    def find(self, principal: PrincipalId) -> Principal | None:
        """Wherever they are at home."""
        row = self._log.row("SELECT * FROM principals WHERE id = ?", principal)
        if row is None:
            return None
        return Principal(row["id"], row["tenant"], row["name"], bool(row["disabled"]))

    def own(self, tenant: TenantId, principal: PrincipalId) -> Principal:
        """Someone at home in `tenant`."""
        found = self.find(principal)
        if found is None or found.tenant != tenant:
            raise unknown("principal", principal)
        return found

    def is_guest(self, tenant: TenantId, principal: PrincipalId) -> bool:
        sql = "SELECT 1 FROM guests WHERE tenant = ? AND principal = ?"
        return self._log.row(sql, tenant, principal) is not None

    def belongs(self, tenant: TenantId, principal: PrincipalId) -> bool:
        """At home here, or a guest."""
        found = self.find(principal)
        if found is None:
            return False
        return found.tenant == tenant or self.is_guest(tenant, principal)

    def people(self, tenant: TenantId) -> list[tuple[Principal, bool]]:
        """(principal, whether a guest), by id."""
        rows = self._log.rows(
            "SELECT p.*, p.tenant <> ? AS guest FROM principals p WHERE p.tenant = ? OR p.id IN"
            " (SELECT principal FROM guests WHERE tenant = ?) ORDER BY p.id",
            tenant, tenant, tenant,
        )
        return [
            (Principal(r["id"], r["tenant"], r["name"], bool(r["disabled"])), bool(r["guest"]))
            for r in rows
        ]

    # groups

    def group(self, tenant: TenantId, name: str) -> GroupRef:
        """A group of `tenant` itself."""
        sql = "SELECT 1 FROM groups WHERE tenant = ? AND name = ?"
        if self._log.row(sql, tenant, name) is None:
            raise unknown("group", name)
        return GroupRef(tenant, name)

    def visible(self, tenant: TenantId, group: GroupRef) -> bool:
        """Whether `tenant` may use the group: its own, or shared with it."""
        if group.tenant == tenant:
            sql = "SELECT 1 FROM groups WHERE tenant = ? AND name = ?"
            return self._log.row(sql, tenant, group.name) is not None
        return tenant in self.shares(group)

    def groups(self, tenant: TenantId) -> list[GroupRef]:
        """Those that `tenant` may use, its own first."""
        own = self._log.rows("SELECT * FROM groups WHERE tenant = ? ORDER BY name", tenant)
        shared = self._log.rows(
            "SELECT * FROM shares WHERE shared_with = ? ORDER BY tenant, name", tenant
        )
        return [GroupRef(row["tenant"], row["name"]) for row in [*own, *shared]]

    def members(self, group: GroupRef) -> list[PrincipalId]:
        rows = self._log.rows(
            "SELECT principal FROM members WHERE tenant = ? AND name = ? ORDER BY principal",
            group.tenant, group.name,
        )
        return [row["principal"] for row in rows]

    def shares(self, group: GroupRef) -> list[TenantId]:
        rows = self._log.rows(
            "SELECT shared_with FROM shares WHERE tenant = ? AND name = ? ORDER BY shared_with",
            group.tenant, group.name,
        )
        return [row["shared_with"] for row in rows]

    def groups_of(self, tenant: TenantId, principal: PrincipalId) -> list[GroupRef]:
        """The groups that someone is in and `tenant` may use."""
        rows = self._log.rows("SELECT * FROM members WHERE principal = ?", principal)
        groups = [GroupRef(row["tenant"], row["name"]) for row in rows]
        return [group for group in groups if self.visible(tenant, group)]
