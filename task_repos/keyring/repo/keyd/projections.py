"""Tables derived from the log. An event that means nothing to them (an audited check) is skipped."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyd.log import Event

SCHEMA = {
    "tenants": "id TEXT PRIMARY KEY, name TEXT NOT NULL",
    "principals": "id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL,"
    " disabled INTEGER NOT NULL DEFAULT 0",
    "guests": "tenant TEXT NOT NULL, principal TEXT NOT NULL, PRIMARY KEY (tenant, principal)",
    "groups": "tenant TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, name)",
    "members": "tenant TEXT NOT NULL, name TEXT NOT NULL, principal TEXT NOT NULL,"
    " PRIMARY KEY (tenant, name, principal)",
    "shares": "tenant TEXT NOT NULL, name TEXT NOT NULL, shared_with TEXT NOT NULL,"
    " PRIMARY KEY (tenant, name, shared_with)",
    "roles": "tenant TEXT NOT NULL, name TEXT NOT NULL, permissions TEXT NOT NULL,"
    " PRIMARY KEY (tenant, name)",
    "grants": "tenant TEXT NOT NULL, id INTEGER NOT NULL, subject TEXT NOT NULL,"
    " role TEXT NOT NULL, resource TEXT NOT NULL, made_at INTEGER NOT NULL, made_by TEXT NOT NULL,"
    " revoked_at INTEGER, PRIMARY KEY (tenant, id)",
}
INDEXES = [
    "CREATE INDEX members_by_principal ON members (principal)",
    "CREATE INDEX grants_by_subject ON grants (tenant, subject)",
    "CREATE INDEX guests_by_principal ON guests (principal)",
]

Database = sqlite3.Connection


def create(db: Database) -> None:
    for table, columns in SCHEMA.items():
        db.execute(f"DROP TABLE IF EXISTS {table}")
        db.execute(f"CREATE TABLE {table} ({columns})")
    for index in INDEXES:
        db.execute(index)


def apply(db: Database, event: Event) -> None:
    handler = HANDLERS.get(event.kind)
    if handler:
        handler(db, event)


def _tenant_created(db: Database, event: Event) -> None:
    db.execute("INSERT INTO tenants VALUES (?, ?)", (event.tenant, event.data["name"]))


def _principal_added(db: Database, event: Event) -> None:
    db.execute(
        "INSERT INTO principals (id, tenant, name) VALUES (?, ?, ?)",
        (event.data["principal"], event.tenant, event.data["name"]),
    )


def _principal_disabled(db: Database, event: Event) -> None:
    db.execute("UPDATE principals SET disabled = 1 WHERE id = ?", (event.data["principal"],))


def _principal_enabled(db: Database, event: Event) -> None:
    db.execute("UPDATE principals SET disabled = 0 WHERE id = ?", (event.data["principal"],))


def _guest_invited(db: Database, event: Event) -> None:
    db.execute("INSERT INTO guests VALUES (?, ?)", (event.tenant, event.data["principal"]))


def _guest_removed(db: Database, event: Event) -> None:
    """Who is no guest any more is in no group of the tenant and keeps no grant."""
    principal = event.data["principal"]
    db.execute(
        "DELETE FROM guests WHERE tenant = ? AND principal = ?", (event.tenant, principal)
    )
    db.execute(
        "DELETE FROM members WHERE tenant = ? AND principal = ?", (event.tenant, principal)
    )
    db.execute(
        "UPDATE grants SET revoked_at = ? WHERE tenant = ? AND subject = ? AND revoked_at IS NULL",
        (event.at, event.tenant, f"principal:{principal}"),
    )


def _group_created(db: Database, event: Event) -> None:
    db.execute("INSERT INTO groups VALUES (?, ?)", (event.tenant, event.data["group"]))


def _group_deleted(db: Database, event: Event) -> None:
    """Grants to the group end with it, wherever they are."""
    group = (event.tenant, event.data["group"])
    for table in ("groups", "members", "shares"):
        db.execute(f"DELETE FROM {table} WHERE tenant = ? AND name = ?", group)
    db.execute(
        "UPDATE grants SET revoked_at = ? WHERE subject = ? AND revoked_at IS NULL",
        (event.at, f"group:{event.tenant}/{event.data['group']}"),
    )


def _member_added(db: Database, event: Event) -> None:
    db.execute(
        "INSERT INTO members VALUES (?, ?, ?)",
        (event.tenant, event.data["group"], event.data["principal"]),
    )


def _member_removed(db: Database, event: Event) -> None:
    db.execute(
        "DELETE FROM members WHERE tenant = ? AND name = ? AND principal = ?",
        (event.tenant, event.data["group"], event.data["principal"]),
    )


def _group_shared(db: Database, event: Event) -> None:
    db.execute(
        "INSERT INTO shares VALUES (?, ?, ?)",
        (event.tenant, event.data["group"], event.data["with"]),
    )


def _group_unshared(db: Database, event: Event) -> None:
    """Grants to the group in the other tenant end, too."""
    db.execute(
        "DELETE FROM shares WHERE tenant = ? AND name = ? AND shared_with = ?",
        (event.tenant, event.data["group"], event.data["with"]),
    )
    db.execute(
        "UPDATE grants SET revoked_at = ? WHERE tenant = ? AND subject = ? AND revoked_at IS NULL",
        (event.at, event.data["with"], f"group:{event.tenant}/{event.data['group']}"),
    )


def _role_set(db: Database, event: Event) -> None:
    db.execute(
        "INSERT OR REPLACE INTO roles VALUES (?, ?, ?)",
        (event.tenant, event.data["role"], json.dumps(event.data["permissions"])),
    )


def _grant_made(db: Database, event: Event) -> None:
    data = event.data
    db.execute(
        "INSERT INTO grants (tenant, id, subject, role, resource, made_at, made_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            event.tenant, data["grant"], data["subject"], data["role"], data["resource"],
            event.at, event.actor,
        ),
    )


def _grant_revoked(db: Database, event: Event) -> None:
    db.execute(
        "UPDATE grants SET revoked_at = ? WHERE tenant = ? AND id = ?",
        (event.at, event.tenant, event.data["grant"]),
    )


HANDLERS: dict[str, Callable[[Database, Event], None]] = {
    "tenant.created": _tenant_created,
    "principal.added": _principal_added,
    "principal.disabled": _principal_disabled,
    "principal.enabled": _principal_enabled,
    "guest.invited": _guest_invited,
    "guest.removed": _guest_removed,
    "group.created": _group_created,
    "group.deleted": _group_deleted,
    "member.added": _member_added,
    "member.removed": _member_removed,
    "group.shared": _group_shared,
    "group.unshared": _group_unshared,
    "role.set": _role_set,
    "grant.made": _grant_made,
    "grant.revoked": _grant_revoked,
}
