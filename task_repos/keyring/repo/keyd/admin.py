"""Changes. Each looks whether it may happen, then appends one event."""

from __future__ import annotations

from keyd.decisions import DecisionCache
from keyd.directory import Directory
from keyd.errors import invalid, taken, unknown
from keyd.grants import Grant, Grants
from keyd.log import Log
from keyd.names import (
    GroupRef,
    PrincipalId,
    TenantId,
    group_subject,
    parse_subject,
    principal_subject,
)
from keyd.roles import Roles


class Admin:
    def __init__(
        self, log: Log, directory: Directory, roles: Roles, grants: Grants, cache: DecisionCache
    ) -> None:
        self._log = log
        self._directory = directory
        self._roles = roles
        self._grants = grants
        self._cache = cache

    def create_tenant(self, tenant: TenantId, name: str, actor: str) -> None:
        if self._directory.has_tenant(tenant):
            raise taken("tenant", tenant)
        self._log.append(tenant, "tenant.created", actor, name=name)

    # principals and guests

    def add_principal(
        self, tenant: TenantId, principal: PrincipalId, name: str, actor: str
    ) -> None:
        self._directory.tenant_name(tenant)
        if self._directory.find(principal) is not None:
            raise taken("principal", principal)
        self._log.append(tenant, "principal.added", actor, principal=principal, name=name)

    def set_disabled(
        self, tenant: TenantId, principal: PrincipalId, disabled: bool, actor: str
    ) -> None:
        """Only where someone is at home. Counts everywhere."""
        self._directory.tenant_name(tenant)
        if self._directory.own(tenant, principal).disabled != disabled:
            kind = "principal.disabled" if disabled else "principal.enabled"
            self._log.append(tenant, kind, actor, principal=principal)

    def invite(self, tenant: TenantId, principal: PrincipalId, actor: str) -> None:
        self._directory.tenant_name(tenant)
        if self._directory.find(principal) is None:
            raise unknown("principal", principal)
        if not self._directory.belongs(tenant, principal):
            self._log.append(tenant, "guest.invited", actor, principal=principal)

    def remove_guest(self, tenant: TenantId, principal: PrincipalId, actor: str) -> None:
        self._directory.tenant_name(tenant)
        if not self._directory.is_guest(tenant, principal):
            raise unknown("guest", principal)
        self._log.append(tenant, "guest.removed", actor, principal=principal)

    # groups

    def create_group(self, tenant: TenantId, name: str, actor: str) -> bool:
        """Whether it is new."""
        self._directory.tenant_name(tenant)
        if self._directory.visible(tenant, GroupRef(tenant, name)):
            return False
        self._log.append(tenant, "group.created", actor, group=name)
        return True

    def delete_group(self, tenant: TenantId, name: str, actor: str) -> None:
        self._group(tenant, name)
        self._log.append(tenant, "group.deleted", actor, group=name)

    def add_member(
        self, tenant: TenantId, name: str, principal: PrincipalId, actor: str
    ) -> None:
        group = self._group(tenant, name)
        if not self._directory.belongs(tenant, principal):
            raise unknown("principal", principal)
        if principal not in self._directory.members(group):
            self._log.append(tenant, "member.added", actor, group=name, principal=principal)

    def remove_member(
        self, tenant: TenantId, name: str, principal: PrincipalId, actor: str
    ) -> None:
        if principal not in self._directory.members(self._group(tenant, name)):
            raise unknown("member", principal)
        self._log.append(tenant, "member.removed", actor, group=name, principal=principal)

    def share(self, tenant: TenantId, name: str, other: TenantId, actor: str) -> None:
        group = self._group(tenant, name)
        if other == tenant:
            raise invalid("a group is its own tenant's already")
        if not self._directory.has_tenant(other):
            raise unknown("tenant", other)
        if other not in self._directory.shares(group):
            self._log.append(tenant, "group.shared", actor, **{"group": name, "with": other})

    def unshare(self, tenant: TenantId, name: str, other: TenantId, actor: str) -> None:
        if other not in self._directory.shares(self._group(tenant, name)):
            raise unknown("share", other)
        self._log.append(tenant, "group.unshared", actor, **{"group": name, "with": other})

    def _group(self, tenant: TenantId, name: str) -> GroupRef:
        self._directory.tenant_name(tenant)
        return self._directory.group(tenant, name)

    # roles and grants

    def set_role(
        self, tenant: TenantId, role: str, permissions: list[str], actor: str
    ) -> None:
        self._directory.tenant_name(tenant)
        self._log.append(tenant, "role.set", actor, role=role, permissions=permissions)

    def grant(
        self, tenant: TenantId, subject: object, role: str, resource: str, actor: str
    ) -> Grant:
        self._directory.tenant_name(tenant)
        self._roles.permissions(tenant, role)
        whom = parse_subject(tenant, subject)
        if isinstance(whom, GroupRef):
            if not self._directory.visible(tenant, whom):
                raise unknown("group", whom.name if whom.tenant == tenant else whom)
            name = group_subject(whom)
        else:
            if not self._directory.belongs(tenant, whom):
                raise unknown("principal", whom)
            name = principal_subject(whom)
            self._cache.forget(tenant, whom)  # 2.3.1: guests had to wait for their first grant
        grant = self._grants.next_id(tenant)
        self._log.append(
            tenant, "grant.made", actor, grant=grant, subject=name, role=role, resource=resource
        )
        return self._grants.get(tenant, grant)

    def revoke(self, tenant: TenantId, grant: int, actor: str) -> None:
        self._directory.tenant_name(tenant)
        subject = self._grants.get(tenant, grant).subject
        self._log.append(tenant, "grant.revoked", actor, grant=grant, subject=subject)
