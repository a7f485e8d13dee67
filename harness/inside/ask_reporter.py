#!/usr/bin/env -S python3 -I -S
"""Put a question to the reporter and print the answer: `ask-reporter "which currency?"`, or the question on stdin.

Runs inside the agent's box as /usr/local/bin/ask-reporter, with the standard library alone. One JSON line goes over
the unix socket named by $RELAY_ASK, {"question": ...}; one comes back, {"answer": ...}.
"""

import json
import os
import socket
import sys

SOCKET = "/run/relay/ask.sock"
QUESTION_CHARACTERS = 4_000
ANSWER_BYTES = 1_000_000
SECONDS = 30.0


def main() -> int:
    """Ask once; 0 when answered, 1 when the reporter cannot be reached, 2 when there is no question."""
    question = " ".join(sys.argv[1:]) or ("" if sys.stdin.isatty() else sys.stdin.read(QUESTION_CHARACTERS))
    if not question.strip():
        print('usage: ask-reporter "your question"', file=sys.stderr)
        return 2
    try:
        answer = ask(question[:QUESTION_CHARACTERS], os.environ.get("RELAY_ASK") or SOCKET)
    except (OSError, ValueError, KeyError, TypeError):
        print("The reporter is not available right now.", file=sys.stderr)
        return 1
    # Surrogates can come in from argv and go out again; a terminal that cannot show them should not end the program.
    sys.stdout.buffer.write((answer + "\n").encode("utf-8", "replace"))
    return 0


def ask(question: str, path: str) -> str:
    """Send the question, read one line. Raises OSError (no socket, timeout) or ValueError (no JSON came back)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect(path)
        connection.sendall(json.dumps({"question": question}).encode() + b"\n")
        with connection.makefile("rb") as reply:
            return str(json.loads(reply.readline(ANSWER_BYTES))["answer"])


if __name__ == "__main__":
    sys.exit(main())
