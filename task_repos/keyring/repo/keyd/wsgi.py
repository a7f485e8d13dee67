"""The HTTP front, a WSGI application."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keyd import routes
from keyd.errors import Refused, invalid
from keyd.service import Keyring

MAX_BODY = 1 << 20
MAX_BATCH = 100

STATUS = {
    200: "200 OK", 201: "201 Created", 400: "400 Bad Request", 404: "404 Not Found",
    405: "405 Method Not Allowed", 409: "409 Conflict", 413: "413 Content Too Large",
    500: "500 Internal Server Error",
}

Answered = tuple[int, dict[str, str], Any]


class App:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY:
            status, headers, answer = 413, {}, Refused(413, "too_large", "over 1 MiB").body()
        else:
            body = environ["wsgi.input"].read(int(length)).decode("utf-8", "replace")
            path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
            target = path + "?" + environ.get("QUERY_STRING", "")
            sent = {
                name[5:].replace("_", "-").lower(): value
                for name, value in environ.items() if name.startswith("HTTP_")
            }
            status, headers, answer = self.answer(environ["REQUEST_METHOD"], target, sent, body)
        payload = json.dumps(answer).encode()
        start_response(STATUS.get(status, f"{status} Error"), [
            ("Content-Type", "application/json"), ("Content-Length", str(len(payload))),
            *headers.items(),
        ])
        return [payload]

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: str
    ) -> Answered:
        """`headers` with lower-case names, `body` text; (status, headers, object)."""
        try:
            parsed = json.loads(body) if body else None
        except (ValueError, RecursionError):
            return 400, {}, invalid("the body is not JSON").body()
        with self._keyring.log.lock:
            if method == "POST" and target.partition("?")[0] == "/batch":
                return self._batch(headers, parsed)
            return self._one(method, target, headers, parsed)

    def _one(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Answered:
        log = self._keyring.log
        log.reads = log.writes = 0
        try:
            status, answer = routes.dispatch(self._keyring, method, target, headers, body)
        except Refused as refused:
            status, answer = refused.status, refused.body()
        except Exception:
            traceback.print_exc(file=sys.stderr)
            status, answer = 500, Refused(500, "internal", "something broke, sorry").body()
        counted = {"X-Store-Reads": str(log.reads), "X-Store-Writes": str(log.writes)}
        return status, counted, answer

    def _batch(self, headers: Mapping[str, str], body: Any) -> Answered:
        """Several requests in one, for the console. Each stands for itself."""
        requests = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or len(requests) > MAX_BATCH:
            return 400, {}, invalid(f"requests must be a list of at most {MAX_BATCH}").body()
        if not all(_is_request(request) for request in requests):
            return 400, {}, invalid("a request is an object with method and path").body()
        answers = []
        for request in requests:
            status, counted, answer = self._one(
                request["method"], request["path"], headers, request.get("body")
            )
            answers.append({"status": status, "headers": counted, "body": answer})
        return 200, {}, {"answers": answers}


def _is_request(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("method", "path")
    )
