"""Calls functions of the work under test, in a process of their own. Arguments: the fd to read, the fd to write.

Everything here runs beside the agent's code and is believed as little.
"""

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    """One JSON line in, one out, until the pipe closes."""
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    requests, answers = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    for line in requests:
        answers.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
        answers.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The value, or what was raised, as JSON."""
    module, _, name = request["target"].partition(":")
    try:
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        value = function(*request["args"], **request["kwargs"])  # type: ignore[operator]
        json.dumps(value)
    except Exception as error:
        return {"id": request["id"], "raised": {"type": type(error).__name__, "message": str(error)[:500]}}
    return {"id": request["id"], "value": value}


if __name__ == "__main__":
    main()
