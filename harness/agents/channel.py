"""The line between an agent's box and the reporter, over one program that the keeper runs in the box."""

from __future__ import annotations

import contextlib
import threading

from harness.agents.protocol import Ask
from harness.inside import program
from harness.sandbox import KEEPER, Sandbox, SandboxError, StreamTimeout


class Channel:
    """Writes messages into the box and passes questions to `ask`, in a thread, until closed."""

    def __init__(self, box: Sandbox, ask: Ask) -> None:
        self._stream = box.stream(program("channel"), KEEPER)
        self._ask = ask
        self._written = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="reporter's line", daemon=True)
        self._thread.start()

    def write(self, name: str, text: str) -> None:
        """Write a file into the folder that the agent can read but not change. Raises `SandboxError`."""
        self._written.clear()
        self._stream.send({"op": "write", "name": name, "text": text})
        if not self._written.wait(30):
            raise SandboxError("the message could not be written into the agent's box within 30 s")

    def close(self) -> None:
        """Hang up."""
        self._closed.set()
        self._stream.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(SandboxError):  # the box has ended; whoever works with it is told there
            while not self._closed.is_set():
                try:
                    frame = self._stream.receive(60)
                except StreamTimeout:
                    continue
                if frame["op"] == "written":
                    self._written.set()
                elif frame["op"] == "question":
                    # Bytes that are no text reach us as lone surrogates, which nothing could store.
                    edited = frame.get("edited")
                    answer = self._ask(
                        str(frame["text"]).encode(errors="replace").decode(),
                        edited=edited if isinstance(edited, bool) else None,
                    )
                    self._stream.send({"op": "answer", "id": frame["id"], "text": answer})
