"""Readers of pay sheets, one a file format."""

from paytrain.errors import UsageError
from paytrain.readers.csvsheet import CsvSheet
from paytrain.readers.fixedsheet import FixedSheet


def openSheet(path, source):
    """The reader for a sheet of this source; it has been read to its end."""
    if source.format == "csv":
        return CsvSheet(path, source)
    elif source.format == "fixed":
        return FixedSheet(path, source)
    raise UsageError("source %s: unknown format" % source.name)
