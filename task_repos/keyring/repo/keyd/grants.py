from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from keyd.errors import unknown
from keyd.log import Log
from keyd.names import TenantId


@dataclass(frozen=True)
class Grant:
    """`id` counts within its tenant."""

    id: int
    subject: str
    role: str
    resource: str
    made_at: int
    made_by: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "subject": self.subject,
            "role": self.role,
            "resource": self.resource,
            "made_at": self.made_at,
            "made_by": self.made_by,
        }


class Grants:
    """Those that have not been revoked."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def get(self, tenant: TenantId, grant: int) -> Grant:
        sql = "SELECT * FROM grants WHERE tenant = ? AND id = ? AND revoked_at IS NULL"
        row = self._log.row(sql, tenant, grant)
        if row is None:
            raise unknown("grant", grant)
        return _grant(row)

    def all(self, tenant: TenantId) -> list[Grant]:
        sql = "SELECT * FROM grants WHERE tenant = ? AND revoked_at IS NULL ORDER BY id"
        return [_grant(row) for row in self._log.rows(sql, tenant)]

    def of_subject(self, tenant: TenantId, subject: str) -> list[Grant]:
        sql = (
            "SELECT * FROM grants WHERE tenant = ? AND subject = ? AND revoked_at IS NULL"
            " ORDER BY id"
        )
        return [_grant(row) for row in self._log.rows(sql, tenant, subject)]

    def next_id(self, tenant: TenantId) -> int:
        row = self._log.row("SELECT max(id) AS last FROM grants WHERE tenant = ?", tenant)
        return (row["last"] or 0) + 1 if row else 1


def _grant(row: sqlite3.Row) -> Grant:
    return Grant(
        row["id"], row["subject"], row["role"], row["resource"], row["made_at"], row["made_by"]
    )
