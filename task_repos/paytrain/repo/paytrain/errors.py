"""What can go wrong, and the exit code that it becomes.

Messages end up on stderr and in the log: no names, no accounts, no cell contents.
"""

OK = 0
REJECTED = 1
USAGE = 2
UNREADABLE = 3
REFUSED = 4
BUG = 70


class PaytrainError(Exception):
    exitCode = BUG


class UsageError(PaytrainError):
    """The command line or the configuration is wrong."""
    exitCode = USAGE


class SheetError(PaytrainError):
    """A file cannot be read as what it should be; nothing of it was taken."""
    exitCode = UNREADABLE


class RefusedError(PaytrainError):
    """The command does not fit the books as they are."""
    exitCode = REFUSED
