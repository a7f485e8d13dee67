"""The audit log: one JSON line for everything that changed the books. Lines are only ever added.

Each line carries the SHA-256 of the line before it (`prev`), so that a line that was changed or
taken out is noticed by `audit --verify`.
"""

import hashlib
import json
import os

from paytrain.errors import RefusedError

FILE = "audit.log"


class AuditLog:
    def __init__(self, config):
        self._config = config
        self._path = config.dataPath(FILE)

    def lines(self):
        try:
            with open(self._path, encoding="utf-8") as stream:
                for line in stream:
                    yield line
        except FileNotFoundError:
            return

    def append(self, event, **fields):
        last, seq = self._last()
        record = {"seq": seq + 1, "at": self._config.now(), "event": event}
        record.update(fields)
        record["prev"] = _digest(last)
        with open(self._path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(record, sort_keys=True) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def verify(self):
        """The number of lines. Raises RefusedError at the first that does not follow from the one before."""
        last, count = "", 0
        for line in self.lines():
            count += 1
            try:
                record = json.loads(line)
                good = record["seq"] == count and record["prev"] == _digest(last)
            except (ValueError, KeyError, TypeError):
                good = False
            if not good:
                raise RefusedError("audit log: line %d is not what was written" % count)
            last = line
        return count

    def _last(self):
        last, count = "", 0
        for line in self.lines():
            last = line
            count += 1
        return last, count


def _digest(line):
    return hashlib.sha256(line.encode("utf-8")).hexdigest() if line else ""
