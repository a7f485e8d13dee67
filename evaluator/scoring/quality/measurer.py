"""The host's side of measuring: a worker process, bounded in time, replaced when it breaks."""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.evidence import Measures
from evaluator.scoring.quality.source import oversized, texts
from harness.sandbox import Tree

TIMEOUT_S = 30.0


class MeasureError(Exception):
    """Measuring failed for a reason of ours."""


class Measurer:
    """One worker, started when first needed; several threads take turns."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def measure(
        self,
        start: Tree,
        end: Tree,
        tests: Sequence[str],
        *,
        settled: Sequence[str] | None = None,
        with_api: bool = False,
    ) -> Measures:
        """See `measure.measure`; files that cannot be measured are told in `failed`. Raises `MeasureError`."""
        too_much = oversized(start, end, tests)
        if too_much:
            return Measures(failed=too_much)
        request = {
            "start": texts(start, tests), "end": texts(end, tests), "tests": list(tests),
            "settled": settled if settled is None else list(settled), "with_api": with_api,
        }  # fmt: skip
        with self._lock:
            answer = self._ask(request)
        return Measures(failed=answer["failed"]) if "failed" in answer else Measures.model_validate(answer["measures"])

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        worker = self._started()
        assert worker.stdin, "it has a pipe"  # noqa: S101
        assert worker.stdout, "it has a pipe"  # noqa: S101
        late = threading.Event()

        def end() -> None:
            late.set()
            worker.kill()

        killer = threading.Timer(self._timeout_s, end)
        killer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                worker.stdin.write(json.dumps(request).encode() + b"\n")
                worker.stdin.flush()
            line = worker.stdout.readline()
        finally:
            killer.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._end()
        return {"failed": f"not measured within {self._timeout_s:g} s" if late.is_set() else "its parser broke"}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._worker is None or self._worker.poll() is not None:
            command = [sys.executable, "-P", "-m", "evaluator.scoring.quality.worker"]
            try:
                self._worker = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise MeasureError(f"no process to measure in: {error}") from error
        return self._worker

    def _end(self) -> None:
        if self._worker is not None:
            worker, self._worker = self._worker, None
            worker.kill()
            worker.communicate()


@functools.cache
def shared() -> Measurer:
    """The process's own measurer. Its worker ends with this process, when its standard input does."""
    return Measurer()
