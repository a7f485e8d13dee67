"""Takes a pay sheet into the books."""

import logging

from paytrain.journal import LineJournal
from paytrain.ledger import Ledger
from paytrain.matcher import Matcher, Rejected
from paytrain.readers import openSheet
from paytrain.registry import EmployeeRegistry

MAX_DETAILS = 200

log = logging.getLogger("paytrain.import")


class ImportResult:
    def __init__(self, source, period):
        self.sheetId = None
        self.source = source
        self.period = period
        self.rows = 0
        self.accepted = 0
        self.acceptedCents = 0
        self.duplicates = 0
        self.reasons = {}
        self.details = []

    @property
    def rejected(self):
        return sum(self.reasons.values())

    def asDict(self):
        return {
            "sheet": self.sheetId,
            "source": self.source,
            "period": self.period,
            "rows": self.rows,
            "accepted": self.accepted,
            "accepted_cents": self.acceptedCents,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "reasons": dict(sorted(self.reasons.items())),
            "details": self.details,
        }


class SheetImporter:
    def __init__(self, config, store, audit):
        self._config = config
        self._store = store
        self._audit = audit
        self._journal = LineJournal(store)
        self._ledger = Ledger(store)
        self._matcher = Matcher(EmployeeRegistry(store))
        self._result = None

    def importSheet(self, path, source, period):
        """Import a whole sheet or, if it cannot be read, nothing of it."""
        sheet = openSheet(path, source)
        self._result = ImportResult(source.name, period)
        with self._store.transaction():
            self._result.sheetId = self._openSheet(sheet, source, period)
            for row in sheet.rows:
                self._takeRow(row)
            self._closeSheet()
            result = self._result
            self._audit.append(
                "import", sheet=result.sheetId, source=source.name, period=period,
                sha256=sheet.sha256, rows=result.rows, accepted=result.accepted,
                duplicates=result.duplicates, rejected=result.rejected,
            )
        log.info(
            "sheet %d (%s, %s): %d rows, %d accepted, %d duplicates, %d rejected",
            result.sheetId, source.name, period, result.rows, result.accepted,
            result.duplicates, result.rejected,
        )
        return result

    def _takeRow(self, row):
        result = self._result
        result.rows += 1
        # Duplicates first: most rows of a sheet that is sent again are some, and the rest of
        # the work can be skipped (2.7).
        if not self._journal.claim(result.sheetId, result.source, result.period, row):
            result.duplicates += 1
            self._note(row, "duplicate")
            return
        try:
            employee = self._matcher.employeeOf(row)
        except Rejected as rejected:
            self._reject(row, rejected.reason)
            return
        self._ledger.book(result.sheetId, result.period, row, employee)
        result.accepted += 1
        result.acceptedCents += row.amountCents

    def _reject(self, row, reason):
        result = self._result
        result.reasons[reason] = result.reasons.get(reason, 0) + 1
        self._store.run(
            "INSERT INTO rejects (sheet_id, row_no, reason) VALUES (?, ?, ?)",
            result.sheetId, row.rowNo, reason,
        )
        self._note(row, "rejected", reason)
        log.info("sheet %d row %d: rejected, %s", result.sheetId, row.rowNo, reason)

    def _note(self, row, outcome, reason=None):
        if len(self._result.details) < MAX_DETAILS:
            detail = {"row": row.rowNo, "outcome": outcome}
            if reason:
                detail["reason"] = reason
            self._result.details.append(detail)

    def _openSheet(self, sheet, source, period):
        return self._store.run(
            "INSERT INTO sheets (source, period, sha256, at) VALUES (?, ?, ?, ?)",
            source.name, period, sheet.sha256, self._config.now(),
        ).lastrowid

    def _closeSheet(self):
        result = self._result
        self._store.run(
            "UPDATE sheets SET rows = ?, accepted = ?, duplicates = ?, rejected = ?,"
            " accepted_cents = ? WHERE id = ?",
            result.rows, result.accepted, result.duplicates, result.rejected,
            result.acceptedCents, result.sheetId,
        )
