"""The web application: one address a page, as in a written report, and one that tells of changes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import lru_cache

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from evaluator.report.site import addresses
from evaluator.report.site.page import POLICY
from evaluator.report.site.runs import runs_page
from evaluator.report.site.site import Site
from evaluator.report.site.trial.pages import makers as trial_makers
from evaluator.report.site.trial.running import running
from evaluator.report.site.trial.told import read_told
from evaluator.report.site.trials import Query, pages_of, trials
from evaluator.report.site.whole import makers
from evaluator.report.site.write import ASSETS, asset
from evaluator.web.follow import Followed

ROWS = 200  # of a list's page: what a browser shows at once
LOOK_S = 0.25  # between two looks at whether a page has changed
ALIVE_S = 15.0  # between two signs of life of the stream of changes
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain", "html": "text/html"}
_LIST = re.compile(r"trials(?:-([1-9][0-9]{0,5}))?\.html")
HEADERS = {
    "content-security-policy": POLICY.format(connect="'self'") + "; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def application(followed: Sequence[Followed], hosts: Sequence[str]) -> Starlette:
    """Serves these runs to who asks for one of `hosts`: another name that leads here is another site's trick."""
    places = addresses.places([one.site.findings.id for one in followed]) if len(followed) > 1 else [""]
    runs = dict(zip(places, followed, strict=True))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for one in followed:
            threading.Thread(target=one.watch, name=f"following {one.run.name}", daemon=True).start()
        yield
        for one in followed:
            one.close()

    async def get(request: Request) -> Response:
        return await _answer(runs, request.path_params["path"], request.query_params)

    return Starlette(
        routes=[Route("/{path:path}", get, methods=["GET"])],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
        lifespan=lifespan,
    )


async def _answer(runs: Mapping[str, Followed], path: str, asked: Mapping[str, str]) -> Response:
    """`runs` by the first part of their addresses: "" where there is one run only."""
    if path == "":
        return RedirectResponse(f"/{addresses.INDEX}", headers=HEADERS)
    if "" in runs:
        return await _of_run(runs[""], path, asked)
    place, _, address = path.partition("/")
    if place not in runs:
        return await _of_all(runs, path, asked)
    if address == "":
        return RedirectResponse(f"/{place}/{addresses.INDEX}", headers=HEADERS)
    return await _of_run(runs[place], address, asked)


async def _of_all(runs: Mapping[str, Followed], address: str, asked: Mapping[str, str]) -> Response:
    """The page over all runs, and what it needs."""

    def state() -> str:
        return "-".join(one.site.live for one in runs.values())

    if address == addresses.INDEX:
        live, sites = state(), [one.site for one in runs.values()]
        links = [f"{place}/{addresses.INDEX}" for place in runs]
        return _typed(await run_in_threadpool(runs_page, sites, links, live=live), address)
    if address == "events":
        return _stream(state, runs.values(), asked)
    return _asset(address)


async def _of_run(one: Followed, address: str, asked: Mapping[str, str]) -> Response:
    if address == "events":
        return _stream(lambda: one.state(asked.get("page", "")), [one], asked)
    if address.startswith("assets/"):
        return _asset(address)
    query = Query(**{key: asked.get(key, "") for key in ("agent", "task", "outcome")})
    text = await run_in_threadpool(page, one, address, query)
    return _missing() if text is None else _typed(text, address)


def page(one: Followed, address: str, query: Query) -> str | None:
    """The text of a run's page as of now, None where there is no such page."""
    site = one.site
    if found := _LIST.fullmatch(address):
        number = int(found[1] or 1)
        return trials(site, number, query, ROWS) if number == 1 or number <= pages_of(site, query, ROWS) else None
    if address.startswith("trials/"):
        return _of_trial(one, site, address)
    return _whole(site, address)


def _of_trial(one: Followed, site: Site, address: str) -> str | None:
    name = site.slugs.get(address.split("/")[1], "")
    if name in site.running and address == addresses.trial(name):
        live, found = one.state(address), one.so_far(name)
        return running(site, name, *found, live) if found else None
    make = trial_makers(read_told(site, site.trials[name])).get(address) if name in site.trials else None
    return make() if make else None


@lru_cache(maxsize=256)  # pages over all trials of a run change only when the run does: then it is another site
def _whole(site: Site, address: str) -> str | None:
    make = _makers(site).get(address)
    return make() if make else None


@lru_cache(maxsize=8)
def _makers(site: Site) -> Mapping[str, Callable[[], str]]:
    return makers(site)


def _stream(state: Callable[[], str], followed: Collection[Followed], asked: Mapping[str, str]) -> Response:
    """What tells a page, whose state was `since` when it was sent, of every change."""
    changes = _changes(state, followed, asked.get("since", ""))
    return StreamingResponse(changes, media_type="text/event-stream", headers=HEADERS)


async def _changes(state: Callable[[], str], followed: Collection[Followed], since: str) -> AsyncIterator[str]:
    """An event a change; a comment now and then, so that a client that has gone is noticed."""
    yield ": following\n\n"
    said = time.monotonic()
    while not any(one.closed for one in followed):
        if (now := state()) != since:
            yield f"event: changed\ndata: {now}\n\n"
        elif time.monotonic() > said + ALIVE_S:
            yield ": still here\n\n"
        else:
            await asyncio.sleep(LOOK_S)
            continue
        since, said = now, time.monotonic()


def _asset(address: str) -> Response:
    name = address.removeprefix("assets/")
    return _typed(asset(name).decode(), name) if name in ASSETS and name != address else _missing()


def _typed(text: str, name: str) -> Response:
    return Response(text.encode(errors="replace"), media_type=KINDS[name.rpartition(".")[2]], headers=HEADERS)


def _missing() -> Response:
    return PlainTextResponse("There is no such page.\n", 404, HEADERS)
