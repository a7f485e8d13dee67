from __future__ import annotations

from typing import Any


class Refused(Exception):
    """What a caller did wrong; becomes the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


def invalid(message: str) -> Refused:
    return Refused(400, "invalid", message)


def unknown(what: str, name: object) -> Refused:
    # The same words whether it is nowhere or in another tenant.
    return Refused(404, f"unknown_{what}", f"there is no {what} {name} here")


def taken(what: str, name: object) -> Refused:
    return Refused(409, f"{what}_exists", f"{what} {name} is taken")
