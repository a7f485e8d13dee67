"""A pay run: what is open in a period becomes one payment for each employee."""

import logging

from paytrain.bankfile import PaymentFile
from paytrain.errors import RefusedError
from paytrain.ledger import Ledger
from paytrain.registry import EmployeeRegistry

log = logging.getLogger("paytrain.pay")


class PayRun:
    def __init__(self, config, store, audit):
        self._config = config
        self._store = store
        self._audit = audit
        self._ledger = Ledger(store)
        self.runId = None
        self.count = 0
        self.totalCents = 0

    def execute(self, period, date, path):
        """Pay everybody who has something to get. Who owes us (zero or less) waits for the next run."""
        staff = {employee.number: employee for employee in EmployeeRegistry(self._store).all()}
        due = [row for row in self._ledger.openTotals(period) if row["cents"] > 0]
        if not due:
            raise RefusedError("nothing to pay in this period")
        with self._store.transaction():
            self.runId = self._store.run(
                "INSERT INTO runs (period, date, payments, total_cents, at) VALUES (?, ?, 0, 0, ?)",
                period, date, self._config.now(),
            ).lastrowid
            with PaymentFile(path, self.runId, date, self._config.companyAccount) as payments:
                for row in due:
                    payments.pay(staff[row["employee"]], row["cents"], "Salary " + period)
                    self._ledger.markPaid(period, row["employee"], self.runId)
                self.count, self.totalCents = payments.count, payments.totalCents
                self._store.run(
                    "UPDATE runs SET payments = ?, total_cents = ? WHERE id = ?",
                    self.count, self.totalCents, self.runId,
                )
                self._audit.append(
                    "pay", run=self.runId, period=period, date=date, payments=self.count,
                )
                payments.finish()
        log.info("run %d (%s): %d payments", self.runId, period, self.count)

    def asDict(self):
        return {"run": self.runId, "payments": self.count, "total_cents": self.totalCents}
