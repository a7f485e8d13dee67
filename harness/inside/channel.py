"""Carries an agent's questions to the orchestrator, and its messages into the box. Runs as the keeper.

Frames in: {"op": "write", "name", "text"} -> {"op": "written"}; {"op": "answer", "id", "text"}.
Frames out: {"op": "question", "id", "text"}. `ask-reporter` connects to the socket: a JSON line each way.
"""

import itertools
import json
import os
import socketserver
import threading
from typing import Any

from harness.inside.wire import Wire

FOLDER = "/run/relay"
QUESTION_CAP = 4_000  # characters
ANSWER_WITHIN_S = 60


def main() -> None:
    """Serve until the orchestrator hangs up."""
    wire = Wire()
    waiting: dict[int, tuple[threading.Event, list[str]]] = {}
    tickets = itertools.count()
    slots = threading.BoundedSemaphore(8)  # an agent that asks in a loop does not fill the box with threads

    class Handler(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            with slots:
                self.wfile.write(json.dumps({"answer": self.ask()}).encode() + b"\n")

        def ask(self) -> str:
            try:
                text = str(json.loads(self.rfile.readline(QUESTION_CAP * 8))["question"])[:QUESTION_CAP]
            except (ValueError, KeyError, TypeError, OSError):
                return 'Ask like this: ask-reporter "your question"'
            ticket = next(tickets)
            answered, box = waiting.setdefault(ticket, (threading.Event(), []))
            wire.send({"op": "question", "id": ticket, "text": text})
            answered.wait(ANSWER_WITHIN_S)
            waiting.pop(ticket, None)
            return box[0] if box else "The reporter is not available right now."

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    address = os.path.join(FOLDER, "ask.sock")  # noqa: PTH118
    server = Server(address, Handler)
    os.chmod(address, 0o666)  # noqa: PTH101, S103 - the agent is another user
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while (frame := wire.receive()) is not None:
        handle(frame, wire, waiting)


def handle(frame: dict[str, Any], wire: Wire, waiting: dict[int, tuple[threading.Event, list[str]]]) -> None:
    """One frame of the orchestrator."""
    if frame["op"] == "write":
        path = os.path.join(FOLDER, frame["name"])  # noqa: PTH118
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(frame["text"])
        os.chmod(path, 0o644)  # noqa: PTH101
        wire.send({"op": "written"})
    elif frame["id"] in waiting:
        answered, box = waiting[frame["id"]]
        box.append(frame["text"])
        answered.set()


if __name__ == "__main__":
    main()
