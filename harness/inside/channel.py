"""Carries an agent's questions to the orchestrator, and its messages into the box. Runs as the keeper.

Frames in: {"op": "write", "name", "text"} -> {"op": "written"}; {"op": "answer", "id", "text"}.
Frames out: {"op": "question", "id", "text", "edited"}: was a file of the workspace written since the
message of this round first was (null: not known)? `ask-reporter` connects to the socket: a JSON line each way.
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
WORKSPACE = "/workspace"
FILES_CAP = 20_000
CACHES = {".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "node_modules", "target"}


def main() -> None:
    """Serve until the orchestrator hangs up."""
    wire = Wire()
    waiting: dict[int, tuple[threading.Event, list[str]]] = {}
    tickets = itertools.count()
    marks = Marks()
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
            wire.send({"op": "question", "id": ticket, "text": text, "edited": edited_since(marks.last)})
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
        handle(frame, wire, waiting, marks)


class Marks:
    """When each message was first written, by the clock of the files: a complaint does not begin a round again."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self.last: int | None = None

    def written(self, name: str, path: str) -> None:
        """A message lies at `path`."""
        self.last = self._first.setdefault(name, os.stat(path).st_ctime_ns)  # noqa: PTH116


def edited_since(mark: int | None, folder: str = WORKSPACE) -> bool | None:
    """Whether a file was written or came since `mark` (a ctime, which nobody can set); caches and .git do not count.

    None when that cannot be told: no mark, a folder that we may not read, too many files.
    """
    if mark is None:
        return None
    seen, unknown, folders = 0, False, [folder]
    while folders:
        try:
            entries = list(itertools.islice(os.scandir(folders.pop()), FILES_CAP))
        except OSError:
            unknown = True
            continue
        for entry in entries:
            seen += 1
            if seen > FILES_CAP:
                return None
            if entry.name in CACHES or entry.name.endswith(".pyc"):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.stat(follow_symlinks=False).st_ctime_ns > mark:
                    return True
            except OSError:
                unknown = True
    return None if unknown else False


def handle(
    frame: dict[str, Any], wire: Wire, waiting: dict[int, tuple[threading.Event, list[str]]], marks: Marks
) -> None:
    """One frame of the orchestrator."""
    if frame["op"] == "write":
        path = os.path.join(FOLDER, frame["name"])  # noqa: PTH118
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(frame["text"])
        os.chmod(path, 0o644)  # noqa: PTH101
        marks.written(frame["name"], path)
        wire.send({"op": "written"})
    elif frame["id"] in waiting:
        answered, box = waiting[frame["id"]]
        box.append(frame["text"])
        answered.set()


if __name__ == "__main__":
    main()
