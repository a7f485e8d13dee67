"""A session's door: the socket where its clients come in, a few at a time, whatever they try.

A client may be hostile. What it does here must not cost another session more than its turn of the loop: so many
connections a session, others wait outside, and they are let in one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

LARGEST_HEADERS = 64 << 10
MOST = 64  # connections of one session; agents have been seen with eight
_PAUSE_S = 0.1  # when this process has no descriptor left for one more


class Door:
    """Serves `app` on a unix socket at `path`, which any user who can reach it may use."""

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self._path = path
        self._connections = ServerState()
        self._room = asyncio.Semaphore(MOST)
        self._config = uvicorn.Config(
            app,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            access_log=False,
            timeout_keep_alive=600,  # a client's pool must not find its connections closed
            h11_max_incomplete_event_size=LARGEST_HEADERS,
        )

    async def open(self) -> None:
        """Listen. (A uvicorn.Server would be one loop for one listener, and look for its end ten times a second.)"""
        self._config.load()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.setblocking(False)
        self._socket.bind(str(self._path))
        self._path.chmod(0o666)
        self._socket.listen(256)
        self._letting_in = asyncio.create_task(self._let_in())

    async def shut(self) -> None:
        """Let nobody in any more."""
        self._letting_in.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._letting_in
        self._socket.close()

    def hang_up(self) -> None:
        """End the connections there are."""
        for connection in list(self._connections.connections):
            connection.shutdown()

    @property
    def inside(self) -> int:
        """How many connections there are."""
        return len(self._connections.connections)

    async def _let_in(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                client, _ = await loop.sock_accept(self._socket)
            except OSError:
                self._room.release()
                await asyncio.sleep(_PAUSE_S)
                continue
            await loop.connect_accepted_socket(self._connection, client)

    def _connection(self) -> Connection:
        return Connection(self._config, self._connections, self._room.release)


class Connection(H11Protocol):
    """uvicorn's connection, which tells its application how to cut it: a planned fault must be able to."""

    def __init__(self, config: uvicorn.Config, connections: ServerState, gone: Callable[[], None]) -> None:
        super().__init__(config=config, server_state=connections, app_state={})
        self._gone = gone

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        super().connection_lost(exc)
        self._gone()
