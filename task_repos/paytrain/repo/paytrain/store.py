"""The database: one SQLite file in the data folder."""

import contextlib
import os
import sqlite3

from paytrain.errors import RefusedError

FILE = "paytrain.db"

# One script a version; a database of an older version is brought up to date when it is opened.
MIGRATIONS = [
    """
    CREATE TABLE employees (
        number TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        iban TEXT NOT NULL,
        active INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE sheets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        period TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        rows INTEGER NOT NULL DEFAULT 0,
        accepted INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0,
        accepted_cents INTEGER NOT NULL DEFAULT 0,
        at TEXT NOT NULL
    );
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sheet_id INTEGER NOT NULL REFERENCES sheets (id),
        row_no INTEGER NOT NULL,
        employee TEXT NOT NULL REFERENCES employees (number),
        period TEXT NOT NULL,
        reference TEXT NOT NULL,
        amount_cents INTEGER NOT NULL,
        run_id INTEGER
    );
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        period TEXT NOT NULL,
        date TEXT NOT NULL,
        payments INTEGER NOT NULL,
        total_cents INTEGER NOT NULL,
        at TEXT NOT NULL
    );
    """,
    # 2.2
    """
    CREATE TABLE rejects (
        sheet_id INTEGER NOT NULL REFERENCES sheets (id),
        row_no INTEGER NOT NULL,
        reason TEXT NOT NULL
    );
    """,
    # 2.4: which lines have been seen, see journal.py
    """
    CREATE TABLE lines (
        line_key TEXT PRIMARY KEY,
        sheet_id INTEGER NOT NULL REFERENCES sheets (id),
        row_no INTEGER NOT NULL
    );
    """,
    # 2.8: the report of a period took minutes
    """
    CREATE INDEX entries_by_employee ON entries (employee, period);
    """,
]


class Store:
    def __init__(self, path):
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._migrate()

    @classmethod
    def open(cls, config):
        os.makedirs(config.dataDir, exist_ok=True)
        return cls(config.dataPath(FILE))

    def run(self, sql, *values):
        return self._connection.execute(sql, values)

    def one(self, sql, *values):
        return self._connection.execute(sql, values).fetchone()

    def all(self, sql, *values):
        return self._connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def transaction(self):
        """All or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self):
        self._connection.close()

    def _migrate(self):
        version = self.one("PRAGMA user_version")[0]
        if version > len(MIGRATIONS):
            raise RefusedError("the database was written by a newer release")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._connection.executescript(
                "BEGIN; %s PRAGMA user_version = %d; COMMIT;" % (script, number)
            )
