"""What the rules say about a question, from the tables. Nothing is remembered here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keyd.directory import Directory
from keyd.grants import Grant, Grants
from keyd.names import PrincipalId, TenantId, covers, group_subject, principal_subject
from keyd.roles import Roles


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str
    grant: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"allowed": self.allowed, "reason": self.reason, "grant": self.grant}


class Policy:
    def __init__(self, directory: Directory, roles: Roles, grants: Grants) -> None:
        self._directory = directory
        self._roles = roles
        self._grants = grants

    def decide(
        self, tenant: TenantId, principal: PrincipalId, permission: str, resource: str
    ) -> Decision:
        """Denied unless a grant says otherwise."""
        self._directory.tenant_name(tenant)
        subjects = self.subjects(tenant, principal)
        if not subjects:
            return Decision(False, "unknown_principal")
        found = self._directory.find(principal)
        if found is None or found.disabled:
            return Decision(False, "disabled")
        matching = [
            grant.id
            for grant in self.grants_for(tenant, subjects)
            if covers(grant.resource, resource)
            and self._roles.allows(tenant, grant.role, permission)
        ]
        if not matching:
            return Decision(False, "no_grant")
        return Decision(True, "granted", min(matching))

    def subjects(self, tenant: TenantId, principal: PrincipalId) -> list[str]:
        """The names under which grants of `tenant` reach someone; none for a stranger."""
        own = [principal_subject(principal)] if self._directory.belongs(tenant, principal) else []
        groups = self._directory.groups_of(tenant, principal)
        return own + [group_subject(group) for group in groups]

    # XXX a query for every group, another for every role. The cache hides it.
    def grants_for(self, tenant: TenantId, subjects: list[str]) -> Iterator[Grant]:
        for subject in subjects:
            yield from self._grants.of_subject(tenant, subject)
