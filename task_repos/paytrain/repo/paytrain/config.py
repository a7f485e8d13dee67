"""The configuration file, an INI file (see README)."""

import configparser
import datetime
import os
import re

from paytrain.errors import UsageError

PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


class SourceConfig:
    """Where sheets come from: a branch, a bank, an agency."""

    def __init__(self, name, section):
        self.name = name
        self.settings = dict(section)
        self.format = section.get("format", "csv")
        self.delimiter = section.get("delimiter", ";")
        self.decimal = section.get("decimal", ",")
        self.columns = {}
        for field in ("name", "account", "amount", "reference"):
            self.columns[field] = section.get("column." + field, field)


class Config:
    def __init__(self, path):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            with open(path, encoding="utf-8") as stream:
                parser.read_file(stream)
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise UsageError("cannot read the configuration: %s" % type(error).__name__)
        if not parser.has_section("paytrain"):
            raise UsageError("the configuration has no section [paytrain]")
        main = parser["paytrain"]
        self.folder = os.path.dirname(os.path.abspath(path))
        self.dataDir = os.path.join(self.folder, main.get("data", "data"))
        self.company = main.get("company", "")
        self.companyAccount = main.get("account", "")
        self._fixedClock = main.get("clock", "")
        self.logFile = parser.get("log", "file", fallback="paytrain.log")
        self.logLevel = parser.get("log", "level", fallback="INFO").upper()
        self.sources = {}
        for section in parser.sections():
            kind, _, name = section.partition(" ")
            if kind == "source" and name.strip():
                self.sources[name.strip()] = SourceConfig(name.strip(), parser[section])

    def source(self, name):
        if name not in self.sources:
            raise UsageError("no such source in the configuration; known: %s"
                             % (", ".join(sorted(self.sources)) or "none"))
        return self.sources[name]

    def now(self):
        """Local time to the second; `clock` in the configuration stops it, for tests."""
        if self._fixedClock:
            return self._fixedClock
        return datetime.datetime.now().replace(microsecond=0).isoformat()

    def dataPath(self, name):
        return os.path.join(self.dataDir, name)


def checkPeriod(text):
    if not PERIOD.fullmatch(text):
        raise UsageError("a period is written YYYY-MM")
    return text


def checkDate(text):
    try:
        if len(text) != 10:
            raise ValueError
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError("a date is written YYYY-MM-DD")
