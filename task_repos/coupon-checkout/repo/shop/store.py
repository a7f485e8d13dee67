"""The database: one SQLite file, one connection, upgraded when it is opened."""

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """`path` is a file name or ":memory:". Callers hold `lock` for the length of a request."""

    def __init__(self, path, dump=None):
        self.lock = threading.RLock()
        self.reads = 0
        self.writes = 0
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if dump is not None:
            self._db.executescript(dump)
        self._upgrade()
        self._db.set_trace_callback(self._count)

    def one(self, sql, *args):
        """The first row, or None."""
        return self._db.execute(sql, args).fetchone()

    def all(self, sql, *args):
        return self._db.execute(sql, args).fetchall()

    def run(self, sql, *args):
        """Run a write; returns the cursor (lastrowid, rowcount)."""
        return self._db.execute(sql, args)

    @contextmanager
    def transaction(self):
        """All or nothing. Not to be nested."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def dump(self):
        """The whole database as SQL text, the format of the nightly backups."""
        return "\n".join(self._db.iterdump()) + "\n"

    def _upgrade(self):
        self._db.execute("CREATE TABLE IF NOT EXISTS meta (schema INTEGER NOT NULL)")
        row = self._db.execute("SELECT schema FROM meta").fetchone()
        if row is None:
            self._db.execute("INSERT INTO meta (schema) VALUES (0)")
        done = row["schema"] if row else 0
        for script in sorted(MIGRATIONS.glob("*.sql")):
            number = int(script.name[:4])
            if number > done:
                self._db.executescript(
                    f"BEGIN;\n{script.read_text()}\nUPDATE meta SET schema = {number};\nCOMMIT;"
                )

    def _count(self, statement):
        if statement.lstrip()[:6].upper() == "SELECT":
            self.reads += 1
        else:
            self.writes += 1
