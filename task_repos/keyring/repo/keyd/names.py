"""Identifiers: what they look like, and how a grant names whom it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

from keyd.errors import invalid

TenantId = NewType("TenantId", str)
PrincipalId = NewType("PrincipalId", str)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_PERMISSION = re.compile(r"[a-z][a-z0-9-]{0,30}:[a-z][a-z0-9-]{0,30}", re.ASCII)
_PATTERN = re.compile(r"\*|[a-z][a-z0-9-]{0,30}:(\*|[a-z][a-z0-9-]{0,30})", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}", re.ASCII)

AUDITED_VERBS = {"export", "delete"}


@dataclass(frozen=True)
class GroupRef:
    """A group's full name; groups live in a tenant."""

    tenant: TenantId
    name: str

    def __str__(self) -> str:
        return f"{self.tenant}/{self.name}"


def checked_name(value: object, what: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise invalid(f"{what} must be 1 to 63 of a-z 0-9 . _ -, starting with a letter or digit")
    return value


def checked_permission(value: object) -> str:
    if not isinstance(value, str) or not _PERMISSION.fullmatch(value):
        raise invalid("permission must look like area:verb")
    return value


def checked_pattern(value: object) -> str:
    if not isinstance(value, str) or not _PATTERN.fullmatch(value):
        raise invalid("permissions must look like area:verb, area:* or *")
    return value


def checked_resource(value: object, *, star: bool = False) -> str:
    """A path like reports/2024/q1; `star` also allows "*", everything."""
    if star and value == "*":
        return "*"
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise invalid("resource must be a path of 1 to 500 characters")
    if not all(_SEGMENT.fullmatch(segment) for segment in value.split("/")):
        raise invalid("resource must be a path like reports/2024")
    return value


def covers(granted: str, resource: str) -> bool:
    """A grant on a path is one on all below it."""
    return granted == "*" or resource == granted or resource.startswith(granted + "/")


def matches(pattern: str, permission: str) -> bool:
    area, _, verb = pattern.partition(":")
    return pattern in ("*", permission) or (verb == "*" and permission.startswith(area + ":"))


def is_audited(permission: str) -> bool:
    return permission.partition(":")[2] in AUDITED_VERBS


def principal_subject(principal: str) -> str:
    return f"principal:{principal}"


def group_subject(group: GroupRef) -> str:
    return f"group:{group}"


def parse_subject(tenant: TenantId, value: object) -> PrincipalId | GroupRef:
    """principal:kim, group:crew (of this tenant) or group:globex/crew."""
    kind, _, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind == "principal":
        return PrincipalId(checked_name(rest, "principal"))
    if kind == "group":
        home, slash, name = rest.rpartition("/")
        home = checked_name(home, "tenant") if slash else tenant
        return GroupRef(TenantId(home), checked_name(name, "group"))
    raise invalid("subject must be principal:NAME or group:NAME")
