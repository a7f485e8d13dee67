"""The payment file for the bank.

    H;paytrain;run;date;account of the company
    P;employee;name;account;amount in cents;reference
    T;number of P records;total in cents
"""

import contextlib
import csv
import os
import tempfile

from paytrain.errors import RefusedError


class PaymentFile:
    """Written beside its place and put there when it is complete, so nobody ever sees half of one."""

    def __init__(self, path, runId, date, account):
        self._path = path
        self._head = ("H", "paytrain", runId, date, account)
        self.count = 0
        self.totalCents = 0

    def __enter__(self):
        if os.path.exists(self._path):
            raise RefusedError("the payment file exists already")
        try:
            handle, self._draft = tempfile.mkstemp(
                prefix=".paytrain-", dir=os.path.dirname(os.path.abspath(self._path))
            )
        except OSError:
            raise RefusedError("the payment file cannot be written there")
        self._stream = os.fdopen(handle, "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream, delimiter=";", lineterminator="\n")
        self._writer.writerow(self._head)
        return self

    def pay(self, employee, cents, reference):
        self._writer.writerow(("P", employee.number, employee.name, employee.account, cents, reference))
        self.count += 1
        self.totalCents += cents

    def finish(self):
        """Everything is in it: put it in its place."""
        self._writer.writerow(("T", self.count, self.totalCents))
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        os.rename(self._draft, self._path)

    def __exit__(self, kind, error, trace):
        if not self._stream.closed:
            self._stream.close()
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._draft)
