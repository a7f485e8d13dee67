"""As much of GitHub's API as the workflows use, for the real `gh`: runs, artifacts, comments.

`gh` reaches it through a proxy's variable: to GitHub's own name for a local one it speaks plain HTTP.
"""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "relay/bench"
BOT = "github-actions[bot]"


@dataclass
class GitHub:
    """What there is at GitHub. `runs` are of the workflow that is asked for; `broken` answers all with an error."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[int, dict[str, Path]] = field(default_factory=dict)  # of a run, by name
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False
    per_page: int = 100

    def add_run(self, number: int, artifact: Path | None = None, **about: Any) -> None:
        """A finished run, newest first, with an artifact called `run`."""
        usual = {"event": "schedule", "head_branch": "main", "conclusion": "success"}
        self.runs.insert(0, {"id": number, **usual, **about})
        self.artifacts[number] = {"run": artifact} if artifact else {}

    def comment(self, body: str, login: str = BOT) -> None:
        """Somebody says something on the pull request."""
        self.comments.append({"id": 1000 + len(self.comments), "body": body, "user": {"login": login}})

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        """(status, JSON or bytes, headers) to a request."""
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        self.requests.append((method, parts.path))
        if self.broken:
            return 502, {"message": "Bad gateway"}, {}
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}")
        for asked, pattern, answering in _ROUTES:
            if asked == method and (found := re.fullmatch(pattern, path)):
                return answering(self, *found.groups(), query=query, body=json.loads(body or b"{}"))
        return 404, {"message": f"Not Found: {method} {url}"}, {}

    def _runs(self, *, query: dict[str, str], **_: Any) -> tuple[int, Any, dict[str, str]]:
        wanted = [
            run
            for run in self.runs
            if run["head_branch"] == query.get("branch", run["head_branch"])
            and run["conclusion"] == query.get("status", run["conclusion"])
        ]
        return 200, {"total_count": len(wanted), "workflow_runs": wanted}, {}

    def _artifacts(self, run: str, **_: Any) -> tuple[int, Any, dict[str, str]]:
        found = [
            {
                "id": int(run),
                "name": name,
                "size_in_bytes": 1,
                "expired": False,
                "archive_download_url": f"http://api.github.localhost/repos/{REPOSITORY}/zip/{run}/{name}",
            }
            for name in self.artifacts.get(int(run), {})
        ]
        return 200, {"total_count": len(found), "artifacts": found}, {}

    def _zip(self, run: str, name: str, **_: Any) -> tuple[int, Any, dict[str, str]]:
        folder = self.artifacts[int(run)][name]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
        return 200, buffer.getvalue(), {}

    def _list(self, number: str, *, query: dict[str, str], **_: Any) -> tuple[int, Any, dict[str, str]]:
        page = int(query.get("page", 1))
        shown = self.comments[(page - 1) * self.per_page : page * self.per_page]
        more = page * self.per_page < len(self.comments)
        following = f"http://api.github.localhost/repos/{REPOSITORY}/issues/{number}/comments?page={page + 1}"
        return 200, shown, {"Link": f'<{following}>; rel="next"'} if more else {}

    def _create(self, _number: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any, dict[str, str]]:
        self.comment(body["body"])
        return 201, self.comments[-1], {}

    def _update(self, number: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any, dict[str, str]]:
        (found,) = (one for one in self.comments if one["id"] == int(number))
        found["body"] = body["body"]
        return 200, found, {}


_ROUTES = (
    ("GET", r"/actions/workflows/eval\.yml/runs", GitHub._runs),
    ("GET", r"/actions/runs/(\d+)/artifacts", GitHub._artifacts),
    ("GET", r"/zip/(\d+)/([\w-]+)", GitHub._zip),
    ("GET", r"/issues/(\d+)/comments", GitHub._list),
    ("POST", r"/issues/(\d+)/comments", GitHub._create),
    ("PATCH", r"/issues/comments/(\d+)", GitHub._update),
)


class Server:
    """Answers for a `GitHub` on this machine; a context manager. `environment` leads `gh` here."""

    def __init__(self, github: GitHub, config: Path) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                size = int(self.headers.get("content-length", 0))
                status, answer, headers = github.answer(self.command, self.path, self.rfile.read(size))
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                kind = "application/zip" if isinstance(answer, bytes) else "application/json"
                for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.environment = {
            "HTTP_PROXY": f"http://127.0.0.1:{self._server.server_port}",
            "GH_HOST": "github.localhost",
            "GH_CONFIG_DIR": str(config),
        }

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
