"""Sheets of the branches: CSV files, the first line names the columns."""

import csv
import hashlib
import io

from paytrain.errors import SheetError
from paytrain.money import parseAmount
from paytrain.readers.row import SheetRow


class CsvSheet:
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
            self._parse(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise SheetError("the sheet is not in UTF-8")
        except csv.Error:
            raise SheetError("the sheet is not a CSV file")

    def _parse(self, text):
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=self.source.delimiter)
        columns = self.source.columns
        header = reader.fieldnames or []
        for field in ("name", "amount", "reference"):
            if columns[field] not in header:
                raise SheetError("the sheet has no column for the %s" % field)
        for cells in reader:
            if None in cells:
                raise SheetError("line %d of the sheet has too many columns" % reader.line_num)
            amount = cells[columns["amount"]] or ""
            self.rows.append(SheetRow(
                len(self.rows) + 1,
                cells[columns["name"]] or "",
                cells.get(columns["account"]) or "",
                amount,
                parseAmount(amount, self.source.decimal),
                (cells[columns["reference"]] or "").strip(),
            ))
