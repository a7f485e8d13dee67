"""Logging: a file in the data folder, warnings on stderr too.

Whoever runs the server reads the log. It says what was done to which sheet and how many rows; never
who is paid, how much a person gets, or into which account.
"""

import logging
import os
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def setUp(config, toFile=True):
    root = logging.getLogger("paytrain")
    root.handlers = []
    root.propagate = False
    root.setLevel(getattr(logging, config.logLevel, logging.INFO))
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING)
    screen.setFormatter(logging.Formatter("paytrain: %(message)s"))
    root.addHandler(screen)
    if toFile:
        os.makedirs(config.dataDir, exist_ok=True)
        handler = logging.FileHandler(config.dataPath(config.logFile), encoding="utf-8")
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
