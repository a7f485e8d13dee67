"""Connections to one provider, each used by one call at a time and kept for the next.

A transport of httpx for each, rather than one client for all: a client's pool looks at every connection it has for
every request and again for every answer, keeps cookies (which would join trials), and follows what it is told to.
"""

from __future__ import annotations

import contextlib
import ssl
import urllib.request
from collections.abc import AsyncIterator, Sequence

import httpx

from harness.gateway.upstream import Upstream

_KEPT = 64  # idle connections
_IDLE_S = 15.0  # well below what providers' servers allow


class Connections:
    """The connections to a provider; through the environment's proxy for its address, if there is one."""

    def __init__(self, upstream: Upstream, connect_s: float) -> None:
        self._base = httpx.URL(upstream.base_url)
        self._proxy = _proxy(self._base)
        self._tls: ssl.SSLContext | bool = False
        if self._base.scheme == "https" or self._proxy:
            self._tls = httpx.create_ssl_context()  # slow to make, so one for all
        self._timeouts = httpx.Timeout(None, connect=connect_s).as_dict()
        self._free: list[httpx.AsyncHTTPTransport] = []

    def request(
        self, method: str, path_and_query: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> httpx.Request:
        """A request for a path below the provider's address."""
        url = self._base.copy_with(raw_path=(self._base.raw_path.rstrip(b"/") + path_and_query.encode("ascii")))
        return httpx.Request(method, url, headers=headers, content=body or None, extensions={"timeout": self._timeouts})

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """A connection for one call. Redirects are answers like any other."""
        transport = self._free.pop() if self._free else self._new()
        try:
            yield transport
        finally:
            if len(self._free) < _KEPT:
                self._free.append(transport)
            else:
                await transport.aclose()

    async def close(self) -> None:
        """Close those that are idle."""
        for transport in self._free:
            await transport.aclose()
        self._free.clear()

    def _new(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_S)
        return httpx.AsyncHTTPTransport(verify=self._tls, limits=limits, proxy=self._proxy)


def _proxy(url: httpx.URL) -> str | None:
    """What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say of an address."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy and not urllib.request.proxy_bypass(url.host) else None
