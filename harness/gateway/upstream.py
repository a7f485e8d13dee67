"""The providers: where they are and the keys for them. Read from the environment, on the host only.

| provider  | address                  | key               |
| openai    | OPENAI_BASE_URL          | OPENAI_API_KEY    |
| anthropic | ANTHROPIC_BASE_URL       | ANTHROPIC_API_KEY |
| google    | GOOGLE_GEMINI_BASE_URL   | GEMINI_API_KEY    |
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import httpx

_VARIABLES = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_KEY", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "https://api.anthropic.com"),
    "google": ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "https://generativelanguage.googleapis.com"),
}
PROVIDERS = tuple(_VARIABLES)


class GatewayError(Exception):
    """Models cannot be reached as asked; one paragraph, before any trial starts."""


@dataclass(frozen=True)
class Upstream:
    """One provider. `key` is "" for a server that wants none."""

    provider: str
    base_url: str
    key: str = field(repr=False)

    def url(self, path: str) -> str:
        """A path's whole address. OpenAI's address ends in /v1 by its clients' custom, the others' do not."""
        return self.base_url + path

    def auth(self) -> dict[str, str]:
        """The headers that carry the key."""
        if not self.key:
            return {}
        if self.provider == "anthropic":
            return {"x-api-key": self.key}
        return {"x-goog-api-key": self.key} if self.provider == "google" else {"authorization": f"Bearer {self.key}"}


def read_upstreams(env: Mapping[str, str], needed: Collection[str] = ()) -> dict[str, Upstream]:
    """The providers that the environment gives a key or an address for.

    Raises `GatewayError` when one of `needed` is missing, or when there is none at all.
    """
    found = {}
    for provider, (address, key, default) in _VARIABLES.items():
        base, secret = env.get(address, "").strip(), env.get(key, "").strip()
        if not base and not secret:
            continue
        url = (base or default).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise GatewayError(f"{address} is {base!r}, which is no address: it must start with https:// or http://.")
        if provider != "openai":
            url = url.removesuffix("/v1").removesuffix("/v1beta")
        found[provider] = Upstream(provider, url, secret)
    missing = sorted(set(needed) - set(found))
    if missing:
        address, key, default = _VARIABLES[missing[0]]
        raise GatewayError(
            f"An agent of this run calls {missing[0]}'s API, for which there is no key: set {key} (it stays on this "
            f"machine and never enters a box), or {address} for an address other than {default}."
        )
    if not found:
        keys = ", ".join(key for _, key, _ in _VARIABLES.values())
        raise GatewayError(
            f"No model provider is known. Set one of {keys} (the key stays on this machine and never enters a box), "
            "and for another address, such as a local server's, OPENAI_BASE_URL, ANTHROPIC_BASE_URL or "
            "GOOGLE_GEMINI_BASE_URL."
        )
    return found


def check(
    upstreams: Mapping[str, Upstream], model: str | None, needed: Collection[str] = (), timeout_s: float = 10.0
) -> None:
    """Ask the `needed` providers (default: all there are) for their models, which costs nothing.

    Raises `GatewayError` when that shows that calls cannot succeed: a needed provider does not answer or refuses the
    key (where none is named: all of them do), or all lists are known and `model` is on none of them.
    """
    known: list[str] = []
    complete = True
    refusals = []
    for upstream in upstreams.values():
        if needed and upstream.provider not in needed:
            continue
        try:
            names = _models(upstream, timeout_s)
        except GatewayError as error:
            if needed:
                raise
            refusals.append(error)
            continue
        complete = complete and names is not None
        known += names or []
    if len(refusals) == len(upstreams):
        raise refusals[0]
    if model and complete and known and model not in known:
        near = difflib.get_close_matches(model, known, n=3, cutoff=0.4) or known[:3]
        raise GatewayError(
            f"There is no model `{model}` at {', '.join(up.base_url for up in upstreams.values())}. "
            f"Near names: {', '.join(near)}."
        )


def _models(upstream: Upstream, timeout_s: float) -> list[str] | None:
    """The names a provider lists, None when it has no list."""
    path = {"openai": "/models", "anthropic": "/v1/models", "google": "/v1beta/models"}[upstream.provider]
    headers = {**upstream.auth(), **({"anthropic-version": "2023-06-01"} if upstream.provider == "anthropic" else {})}
    try:
        answer = httpx.get(upstream.url(path), headers=headers, params={}, timeout=timeout_s, follow_redirects=False)
    except httpx.HTTPError as error:
        raise GatewayError(
            f"The model provider at {upstream.base_url} does not answer: {type(error).__name__}: {error}. "
            f"Is the address right ({_VARIABLES[upstream.provider][0]}), and is a proxy needed (HTTPS_PROXY)?"
        ) from error
    if answer.status_code in (401, 403):
        raise GatewayError(
            f"The model provider at {upstream.base_url} refuses the key in {_VARIABLES[upstream.provider][1]} "
            f"(status {answer.status_code})."
        )
    try:
        listed = answer.json()
        items = listed.get("data", listed.get("models"))
        if answer.status_code != 200 or listed.get("has_more") or listed.get("nextPageToken"):
            return None
        return [str(item.get("id") or item.get("name")).removeprefix("models/") for item in items]
    except (ValueError, AttributeError, TypeError):
        return None
