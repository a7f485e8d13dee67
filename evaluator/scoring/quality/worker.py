"""Measures trees in a process of its own, since the trees are an agent's: a parser that they break, or that takes
all of the memory, breaks nothing else. Lines of JSON: a request in, {"measures": ...} or {"failed": "..."} out.
"""

from __future__ import annotations

import json
import resource
import sys

MEMORY = 2 << 30  # bytes of address space


def main() -> None:
    """Serve until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from evaluator.scoring.quality.measure import measure

    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer: dict[str, object]
        try:
            answer = {"measures": measure(**request).model_dump(mode="json")}
        except (Exception, RecursionError, MemoryError) as error:  # whatever a parser says of it
            answer = {"failed": f"{type(error).__name__}: {error}"[:200]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
