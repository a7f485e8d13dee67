from __future__ import annotations

import json
from typing import Any

from keyd.errors import unknown
from keyd.log import Log
from keyd.names import TenantId, matches


class Roles:
    """Named sets of permissions; every tenant has its own."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def permissions(self, tenant: TenantId, role: str) -> list[str]:
        sql = "SELECT permissions FROM roles WHERE tenant = ? AND name = ?"
        row = self._log.row(sql, tenant, role)
        if row is None:
            raise unknown("role", role)
        permissions: list[str] = json.loads(row["permissions"])
        return permissions

    def allows(self, tenant: TenantId, role: str, permission: str) -> bool:
        return any(matches(pattern, permission) for pattern in self.permissions(tenant, role))

    def as_json(self, tenant: TenantId, role: str) -> dict[str, Any]:
        return {"role": role, "permissions": self.permissions(tenant, role)}
