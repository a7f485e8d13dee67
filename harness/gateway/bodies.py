"""Request and response bodies: redacted, capped, each stored once under the hash of what is stored."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

CAP = 8 << 20  # bytes of one body that are kept
_CUT = b"\n[cut: %d bytes in all]"


class Redactor:
    """Takes secrets out of bytes, keeping their length, so that lengths told before stay true."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets if secret)

    def __call__(self, data: bytes) -> bytes:
        """`data` without secrets."""
        for secret in self._secrets:
            if secret in data:
                data = data.replace(secret, b"*" * len(secret))
        return data

    def text(self, text: str) -> str:
        """`text` without secrets."""
        return self(text.encode(errors="replace")).decode(errors="replace")


class Bodies:
    """A folder of bodies, gzipped. `later` runs the disk work elsewhere."""

    def __init__(self, folder: Path, redact: Redactor, later: Callable[[Callable[[], object]], None]) -> None:
        self._folder, self._redact, self._later = folder, redact, later
        self._stored: set[str] = set()

    def put(self, body: bytes, cap: int = CAP) -> str:
        """Store a body, up to `cap` bytes of it; its name, the sha256 of what is stored."""
        body = self._redact(body)
        if len(body) > cap:
            body = body[:cap] + _CUT % len(body)
        name = hashlib.sha256(body).hexdigest()
        if name not in self._stored:
            self._stored.add(name)
            self._later(lambda: self._write(name, body))
        return name

    def _write(self, name: str, body: bytes) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / f"{name}.gz").write_bytes(gzip.compress(body, 1, mtime=0))


def read_body(folder: Path, name: str) -> bytes:
    """A stored body (`Call.request`, `Call.response`) from a bodies/ folder."""
    return gzip.decompress((folder / f"{name}.gz").read_bytes())
