"""The server that ships with Python. Slow to import, so only `serve` does."""

from __future__ import annotations

from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from keyd.service import Keyring
from keyd.wsgi import App


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass  # the proxy in front logs requests


def serve(keyring: Keyring, port: int) -> None:
    app = App(keyring)
    make_server("127.0.0.1", port, app, _Server, _Quiet).serve_forever()
