"""The web application: one address a page, as in a written report, and one that tells of changes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache, partial

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
from evaluator.report.site.trials import Query, trials
from evaluator.report.site.whole import makers
from evaluator.report.site.write import ASSETS, asset
from evaluator.web.follow import Followed

ROWS = 200  # of a list's page: what a browser shows at once
ALIVE_S = 15.0  # between two signs of life of the stream of changes
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain", "html": "text/html"}
_LIST = re.compile(r"trials(?:-(\d+))?\.html")
HEADERS = {
    "content-security-policy": POLICY.format(connect="'self'") + "; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def application(followed: Sequence[Followed], hosts: Sequence[str]) -> Starlette:
    """Serves these runs to who asks for one of `hosts`: another name that leads here is another site's trick."""
    runs = {"": followed[0]} if len(followed) == 1 else {one.place: one for one in followed}

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
    if path == addresses.INDEX:
        sites = [one.site for one in runs.values()]
        links = [f"{place}/{addresses.INDEX}" for place in runs]
        return _typed(await run_in_threadpool(runs_page, sites, links, live=True), path)
    place, _, address = path.partition("/")
    if place == "assets":
        return _asset(address)
    return await _of_run(runs[place], address, asked) if place in runs else _missing()


async def _of_run(one: Followed, address: str, asked: Mapping[str, str]) -> Response:
    if address == "":
        return RedirectResponse(f"/{one.place}/{addresses.INDEX}", headers=HEADERS)
    if address.startswith("assets/"):
        return _asset(address.removeprefix("assets/"))
    if address == "events":
        return StreamingResponse(_changes(one), media_type="text/event-stream", headers=HEADERS)
    query = Query(**{key: asked.get(key, "") for key in ("agent", "task", "outcome")})
    text = await run_in_threadpool(page, one, address, query)
    return _missing() if text is None else _typed(text, address)


def page(one: Followed, address: str, query: Query) -> str | None:
    """The text of a run's page as of now, None where there is no such page."""
    site = one.site
    if found := _LIST.fullmatch(address):
        return trials(site, max(1, int(found[1] or 1)), query, ROWS)
    if address.startswith("trials/"):
        return _of_trial(one, site, address)
    return _whole(site, address)


def _of_trial(one: Followed, site: Site, address: str) -> str | None:
    slug = address.split("/")[1]
    name = next((name for name in (*site.trials, *site.running) if addresses.slug(name) == slug), None)
    if name is None:
        return None
    if name not in site.trials or (name in site.running and address == addresses.trial(name)):
        found = one.so_far(name)
        return running(site, name, *found) if found else None
    make = trial_makers(read_told(site, site.trials[name])).get(address)
    return make() if make else None


@lru_cache(maxsize=256)  # pages over all trials of a run change only when the run does: then it is another site
def _whole(site: Site, address: str) -> str | None:
    make = makers(site).get(address)
    return make() if make else None


async def _changes(one: Followed) -> AsyncIterator[str]:
    """An event a change; a comment now and then, so that a client that has gone is noticed."""
    version = one.version
    yield ": following\n\n"
    while not one.closed:
        found = await asyncio.to_thread(partial(one.wait, version, ALIVE_S))
        yield f"event: changed\ndata: {found}\n\n" if found != version else ": still here\n\n"
        version = found


def _asset(name: str) -> Response:
    return _typed(asset(name).decode(), name) if name in ASSETS else _missing()


def _typed(text: str, name: str) -> Response:
    return Response(text.encode(errors="replace"), media_type=KINDS[name.rpartition(".")[2]], headers=HEADERS)


def _missing() -> Response:
    return PlainTextResponse("There is no such page.\n", 404, HEADERS)
