"""Which lines have been seen. Branches send their sheet again with a line or two added; what was
in it before must not be paid twice.
"""

from paytrain.names import asciiKey


class LineJournal:
    def __init__(self, store):
        self._store = store

    def claim(self, sheetId, source, period, row):
        """Remember a row's line; False if it has been seen before, in this sheet or an earlier one."""
        key = lineKey(source, period, row)
        done = self._store.run(
            "INSERT INTO lines (line_key, sheet_id, row_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            key, sheetId, row.rowNo,
        )
        return done.rowcount == 1


def lineKey(source, period, row):
    return "|".join((source, period, asciiKey(row.name), row.reference, str(row.amountCents)))
