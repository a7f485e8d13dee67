"""What tokens cost: a dated table, in dollars per million."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.formats import Strict, read_toml
from harness.gateway.ledger import Tokens

_TABLE = Path(__file__).with_name("prices.toml")
_VERSION = re.compile(r"-(latest|\d{4}-\d{2}-\d{2}|\d{8})$")

Dollars = Annotated[float, Field(ge=0)]


class Price(Strict):
    """One model's prices; cache tokens cost what input does unless said otherwise."""

    input: Dollars
    output: Dollars
    cached: Dollars | None = None
    cache_write: Dollars | None = None

    def of(self, tokens: Tokens) -> float:
        """What these tokens cost, in dollars."""
        fresh = max(0, tokens.input - tokens.cached - tokens.cache_write)
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.cache_write is None else self.cache_write
        parts = fresh * self.input + tokens.cached * cached + tokens.cache_write * written + tokens.output * self.output
        return parts / 1e6


class Prices(Strict):
    """The table."""

    as_of: str
    models: dict[str, Price]

    def of(self, model: str) -> Price | None:
        """A model's price, None when it is not known; a provider's prefix ("openai/") and a date do not matter."""
        name = model.rpartition("/")[2]
        return self.models.get(name) or self.models.get(_VERSION.sub("", name))


@cache
def list_prices() -> Prices:
    """The table that comes along."""
    return read_toml(_TABLE, Prices)
