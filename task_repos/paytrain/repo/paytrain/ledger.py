"""The entries: what is owed to whom, for which period, from which sheet."""


class Ledger:
    def __init__(self, store):
        self._store = store

    def book(self, sheetId, period, row, employee):
        self._store.run(
            "INSERT INTO entries (sheet_id, row_no, employee, period, reference, amount_cents)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            sheetId, row.rowNo, employee.number, period, row.reference, row.amountCents,
        )

    def entries(self, period):
        """The entries of a period by employee, in the order that they were booked."""
        return self._store.run(
            "SELECT entries.*, sheets.source FROM entries JOIN sheets ON sheets.id = sheet_id"
            " WHERE entries.period = ? ORDER BY employee, entries.id", period,
        )

    def openTotals(self, period):
        """(employee, cents) of what has not been paid yet, by employee."""
        return self._store.all(
            "SELECT employee, SUM(amount_cents) AS cents FROM entries"
            " WHERE period = ? AND run_id IS NULL GROUP BY employee ORDER BY employee", period,
        )

    def markPaid(self, period, employee, runId):
        self._store.run(
            "UPDATE entries SET run_id = ? WHERE period = ? AND employee = ? AND run_id IS NULL",
            runId, period, employee,
        )

    def totals(self, period):
        """Booked and paid cents of a period."""
        row = self._store.one(
            "SELECT COALESCE(SUM(amount_cents), 0) AS booked,"
            " COALESCE(SUM(CASE WHEN run_id IS NULL THEN 0 ELSE amount_cents END), 0) AS paid"
            " FROM entries WHERE period = ?", period,
        )
        return row["booked"], row["paid"]
