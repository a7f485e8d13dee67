"""A table as CSV and as Parquet."""

from __future__ import annotations

import csv
import io

from evaluator.report.table import Table, Value
from evaluator.run.folder import RunError

FORMULA = tuple("=+-@\t\r＝＋－＠")  # how a spreadsheet knows a formula


def csv_text(table: Table) -> str:
    """Comma-separated, with a line of headings; nothing is empty, truth is `true` or `false`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue()


def parquet_bytes(table: Table) -> bytes:
    """The same, typed. Raises `RunError` where pyarrow is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise RunError("--parquet needs pyarrow, which is not installed: pip install 'relaybench[parquet]'") from error
    kinds = {"text": pyarrow.string(), "int": pyarrow.int64(), "float": pyarrow.float64(), "bool": pyarrow.bool_()}
    columns = [
        pyarrow.array([row[number] for row in table.rows], kinds[kind])
        for number, kind in enumerate(table.columns.values())
    ]
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(columns, names=list(table.columns)), out)
    return out.getvalue()


def _cell(value: Value) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers are ours."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else str(value)
