"""Sheets of Kontor bank: columns of fixed width, with a control record at the end.

    D  name (30)  account (34)  amount in cents (12)  reference (20)
    T  number of D records (8)  total in cents (14)
"""

import hashlib

from paytrain.errors import SheetError
from paytrain.money import parseCents
from paytrain.readers.row import SheetRow

FIELDS = (("name", 30), ("account", 34), ("amount", 12), ("reference", 20))


class FixedSheet:
    def __init__(self, path, source):
        self.source = source
        self.rows = []
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except OSError:
            raise SheetError("the sheet cannot be opened")
        self.sha256 = hashlib.sha256(data).hexdigest()
        try:
            self._parse(data.decode("utf-8-sig").splitlines())
        except UnicodeDecodeError:
            raise SheetError("the sheet is not in UTF-8")

    def _parse(self, lines):
        trailer = None
        for line in lines:
            if trailer is not None:
                raise SheetError("the sheet goes on after its control record")
            if line.startswith("D"):
                self._addRow(line[1:])
            elif line.startswith("T"):
                trailer = (parseCents(line[1:9]), parseCents(line[9:23]))
            else:
                raise SheetError("the sheet has a record of unknown kind")
        total = sum(row.amountCents or 0 for row in self.rows)
        if trailer != (len(self.rows), total):
            raise SheetError("the sheet does not add up to its control record")

    def _addRow(self, record):
        cells, start = {}, 0
        for field, width in FIELDS:
            cells[field] = record[start:start + width].strip()
            start += width
        self.rows.append(SheetRow(
            len(self.rows) + 1,
            cells["name"],
            cells["account"],
            cells["amount"],
            parseCents(cells["amount"]),
            cells["reference"],
        ))
