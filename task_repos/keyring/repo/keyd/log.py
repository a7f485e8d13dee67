"""The event log. What happened is only ever appended; all else is derived from it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keyd import projections
from keyd.clock import Clock
from keyd.names import TenantId


@dataclass(frozen=True)
class Event:
    at: int
    tenant: TenantId
    kind: str
    actor: str
    data: dict[str, Any]


Subscriber = Callable[[Event], None]


class Log:
    """One SQLite connection: the log and its projections. Callers hold `lock` for a request."""

    def __init__(self, path: Path | str, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.reads = 0
        self.writes = 0
        self._clock = clock
        self._subscribers: list[Subscriber] = []
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
            " at INTEGER NOT NULL, tenant TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,"
            " data TEXT NOT NULL)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS events_by_tenant ON events (tenant, seq)")
        self._rebuild()
        self._db.set_trace_callback(self._count)

    def subscribe(self, subscriber: Subscriber) -> None:
        """`subscriber` hears every new event, after the projections."""
        self._subscribers.append(subscriber)

    def append(self, tenant: TenantId, kind: str, actor: str, **data: Any) -> Event:
        event = Event(self._clock.now(), tenant, kind, actor, data)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._insert(event)
            projections.apply(self._db, event)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        for subscriber in self._subscribers:
            subscriber(event)
        return event

    def events(self, tenant: TenantId) -> Iterator[Event]:
        rows = self.rows("SELECT * FROM events WHERE tenant = ? ORDER BY seq", tenant)
        return map(_event, rows)

    def row(self, sql: str, *args: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(sql, args).fetchone()
        return row

    def rows(self, sql: str, *args: Any) -> list[sqlite3.Row]:
        return self._db.execute(sql, args).fetchall()

    def export(self) -> Iterator[str]:
        """The log as JSON lines, what the nightly backup keeps."""
        for row in self._db.execute("SELECT * FROM events ORDER BY seq"):
            event = _event(row)
            yield json.dumps({
                "at": event.at, "tenant": event.tenant, "kind": event.kind, "actor": event.actor,
                "data": event.data,
            })

    def load(self, lines: Iterable[str]) -> None:
        """Fill an empty log from an export."""
        for line in lines:
            if line.strip():
                self._insert(Event(**json.loads(line)))
        self._rebuild()

    def _insert(self, event: Event) -> None:
        self._db.execute(
            "INSERT INTO events (at, tenant, kind, actor, data) VALUES (?, ?, ?, ?, ?)",
            (event.at, event.tenant, event.kind, event.actor, json.dumps(event.data)),
        )

    def _rebuild(self) -> None:
        """Projections are never migrated: every start makes them anew."""
        self._db.execute("BEGIN IMMEDIATE")
        projections.create(self._db)
        for row in self._db.execute("SELECT * FROM events ORDER BY seq").fetchall():
            projections.apply(self._db, _event(row))
        self._db.execute("COMMIT")

    def _count(self, statement: str) -> None:
        if statement.lstrip()[:6].upper() == "SELECT":
            self.reads += 1
        elif statement[:6] in ("INSERT", "UPDATE", "DELETE"):
            self.writes += 1


def _event(row: sqlite3.Row) -> Event:
    return Event(row["at"], row["tenant"], row["kind"], row["actor"], json.loads(row["data"]))
