"""The server under the viewer: until Ctrl-C, which ends it at once, also while browsers listen for changes."""

from __future__ import annotations

import contextlib
import gc
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from evaluator.report.site import addresses
from evaluator.report.site.page import prepare
from evaluator.report.site.trials import Query
from evaluator.web.app import application, page
from evaluator.web.follow import Followed

LAST_S = 2  # for who is being answered when it ends


def serve(followed: Sequence[Followed], hosts: Sequence[str], listener: socket.socket) -> None:
    """Serve these runs to who comes to `listener` and asks for one of `hosts`."""
    prepare()
    for one in followed:
        page(one, addresses.INDEX, Query())  # what all pages of a run share is worked out before anybody waits for it
    gc.collect()
    gc.freeze()  # ten thousand results, which no collection need look through while somebody waits for a page
    config = uvicorn.Config(
        application(followed, hosts), log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=LAST_S,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, followed).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Lets the streams of changes go first: as long as one is open, no server ends in peace."""

    def __init__(self, config: uvicorn.Config, followed: Sequence[Followed]) -> None:
        super().__init__(config)
        self._followed = followed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        for one in self._followed:
            one.close()
        super().handle_exit(sig, frame)
