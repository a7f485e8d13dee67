"""Settings, all from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DAY = 86_400


@dataclass(frozen=True)
class Config:
    port: int = 8080
    data: Path = Path("data")
    cache_ttl: int = 7 * DAY
    cache_principals: int = 20_000  # per tenant

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Config:
        return cls(
            port=int(env.get("KEYD_PORT", cls.port)),
            data=Path(env.get("KEYD_DATA", cls.data)),
            cache_ttl=int(env.get("KEYD_CACHE_TTL", cls.cache_ttl)),
            cache_principals=int(env.get("KEYD_CACHE_PRINCIPALS", cls.cache_principals)),
        )
