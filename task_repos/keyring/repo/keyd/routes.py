"""Which request does what, and how things look as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from keyd import __version__
from keyd.errors import Refused, invalid
from keyd.names import GroupRef, PrincipalId, TenantId, checked_name, checked_pattern
from keyd.service import Keyring

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Request:
    keyring: Keyring
    headers: Mapping[str, str]  # lower-case names
    query: Mapping[str, str]
    body: Any

    @property
    def actor(self) -> str:
        """Who asks; the proxy in front has made sure of it."""
        actor = self.headers.get("x-actor", "")
        if not actor.isprintable() or not 0 < len(actor) <= 100:
            raise invalid("say who you are: X-Actor")
        return actor

    def text(self, key: str) -> str:
        value = self.field(key)
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 200:
            raise invalid(f"{key} must be a text of 1 to 200 characters")
        return value

    def field(self, key: str) -> Any:
        if not isinstance(self.body, dict):
            raise invalid("the body must be a JSON object")
        return self.body.get(key)


def dispatch(
    keyring: Keyring, method: str, target: str, headers: Mapping[str, str], body: Any
) -> Answer:
    url = urlsplit(target)
    path = [unquote(part) for part in url.path.strip("/").split("/")]
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    allowed = False
    for route_method, pattern, handler in ROUTES:
        args = _match(pattern.split("/"), path)
        if args is None:
            continue
        allowed = True
        if route_method == method:
            return handler(Request(keyring, headers, query, body), *args)
    if allowed:
        raise Refused(405, "method_not_allowed", f"{method} does not work here")
    raise Refused(404, "not_found", "there is nothing here")


def _match(pattern: list[str], path: list[str]) -> list[Any] | None:
    """The arguments: {tenant} and the like take a name, # a whole number."""
    if len(pattern) != len(path):
        return None
    args: list[Any] = []
    for want, got in zip(pattern, path, strict=True):
        if want == "#":
            if not (got.isascii() and got.isdecimal() and len(got) < 16):
                return None
            args.append(int(got))
        elif want.startswith("{"):
            args.append(checked_name(got, want.strip("{}")))
        elif want != got:
            return None
    return args


# tenants and people


def post_tenant(request: Request) -> Answer:
    tenant = TenantId(checked_name(request.field("id"), "id"))
    request.keyring.admin.create_tenant(tenant, request.text("name"), request.actor)
    return 201, _tenant(request, tenant)


def get_tenant(request: Request, tenant: TenantId) -> Answer:
    return 200, _tenant(request, tenant)


def _tenant(request: Request, tenant: TenantId) -> dict[str, Any]:
    return {"id": tenant, "name": request.keyring.directory.tenant_name(tenant)}


def post_principal(request: Request, tenant: TenantId) -> Answer:
    principal = PrincipalId(checked_name(request.field("id"), "id"))
    name = request.text("name")
    request.keyring.admin.add_principal(tenant, principal, name, request.actor)
    return 201, {"id": principal, "name": name, "guest": False, "disabled": False}


def get_principals(request: Request, tenant: TenantId) -> Answer:
    directory = request.keyring.directory
    directory.tenant_name(tenant)
    people = [
        {"id": person.id, "name": person.name, "guest": guest, "disabled": person.disabled}
        for person, guest in directory.people(tenant)
    ]
    return 200, {"principals": people}


def post_disable(request: Request, tenant: TenantId, principal: PrincipalId) -> Answer:
    request.keyring.admin.set_disabled(tenant, principal, True, request.actor)
    return 200, {"id": principal, "disabled": True}


def post_enable(request: Request, tenant: TenantId, principal: PrincipalId) -> Answer:
    request.keyring.admin.set_disabled(tenant, principal, False, request.actor)
    return 200, {"id": principal, "disabled": False}


def put_guest(request: Request, tenant: TenantId, principal: PrincipalId) -> Answer:
    request.keyring.admin.invite(tenant, principal, request.actor)
    return 200, {"id": principal, "guest": True}


def delete_guest(request: Request, tenant: TenantId, principal: PrincipalId) -> Answer:
    request.keyring.admin.remove_guest(tenant, principal, request.actor)
    return 200, {"id": principal, "guest": False}


# groups


def get_groups(request: Request, tenant: TenantId) -> Answer:
    directory = request.keyring.directory
    directory.tenant_name(tenant)
    return 200, {"groups": [_called(tenant, group) for group in directory.groups(tenant)]}


def put_group(request: Request, tenant: TenantId, name: str) -> Answer:
    new = request.keyring.admin.create_group(tenant, name, request.actor)
    return 201 if new else 200, _group(request, tenant, name)


def get_group(request: Request, tenant: TenantId, name: str) -> Answer:
    return 200, _group(request, tenant, name)


def delete_group(request: Request, tenant: TenantId, name: str) -> Answer:
    request.keyring.admin.delete_group(tenant, name, request.actor)
    return 200, {"group": name}


def put_member(request: Request, tenant: TenantId, name: str, principal: PrincipalId) -> Answer:
    request.keyring.admin.add_member(tenant, name, principal, request.actor)
    return 200, _group(request, tenant, name)


def delete_member(
    request: Request, tenant: TenantId, name: str, principal: PrincipalId
) -> Answer:
    request.keyring.admin.remove_member(tenant, name, principal, request.actor)
    return 200, _group(request, tenant, name)


def put_share(request: Request, tenant: TenantId, name: str, other: TenantId) -> Answer:
    request.keyring.admin.share(tenant, name, other, request.actor)
    return 200, _group(request, tenant, name)


def delete_share(request: Request, tenant: TenantId, name: str, other: TenantId) -> Answer:
    request.keyring.admin.unshare(tenant, name, other, request.actor)
    return 200, _group(request, tenant, name)


def _called(tenant: TenantId, group: GroupRef) -> str:
    """How grants of `tenant` name it."""
    return group.name if group.tenant == tenant else str(group)


def _group(request: Request, tenant: TenantId, name: str) -> dict[str, Any]:
    directory = request.keyring.directory
    directory.tenant_name(tenant)
    group = directory.group(tenant, name)
    return {
        "group": name, "members": directory.members(group), "shared_with": directory.shares(group),
    }


# roles and grants


def put_role(request: Request, tenant: TenantId, role: str) -> Answer:
    patterns = request.field("permissions")
    if not isinstance(patterns, list) or len(patterns) > 100:
        raise invalid("permissions must be a list of at most 100")
    permissions = [checked_pattern(pattern) for pattern in patterns]
    request.keyring.admin.set_role(tenant, role, permissions, request.actor)
    return 200, request.keyring.roles.as_json(tenant, role)


def get_role(request: Request, tenant: TenantId, role: str) -> Answer:
    request.keyring.directory.tenant_name(tenant)
    return 200, request.keyring.roles.as_json(tenant, role)


def post_grant(request: Request, tenant: TenantId) -> Answer:
    return 201, request.keyring.grant(
        tenant, request.field("subject"), request.field("role"), request.field("resource"),
        actor=request.actor,
    )


def get_grants(request: Request, tenant: TenantId) -> Answer:
    return 200, {"grants": request.keyring.grants(tenant)}


def get_grant(request: Request, tenant: TenantId, grant: int) -> Answer:
    request.keyring.directory.tenant_name(tenant)
    return 200, request.keyring.grant_list.get(tenant, grant).as_json()


def delete_grant(request: Request, tenant: TenantId, grant: int) -> Answer:
    request.keyring.revoke(tenant, grant, actor=request.actor)
    return 200, {"id": grant, "revoked": True}


# questions


def post_check(request: Request, tenant: TenantId) -> Answer:
    return 200, request.keyring.check(
        tenant, request.field("principal"), request.field("permission"),
        request.field("resource"), actor=request.actor,
    )


def get_access(request: Request, tenant: TenantId, principal: PrincipalId) -> Answer:
    return 200, {"grants": request.keyring.access(tenant, principal)}


def get_audit(request: Request, tenant: TenantId) -> Answer:
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise invalid("after must be a seq")
    kind = request.query.get("kind")
    return 200, {"entries": request.keyring.audit(tenant, kind=kind, after=int(after))}


# operations


def get_health(request: Request) -> Answer:
    return 200, {"status": "ok", "version": __version__}


def get_clock(request: Request) -> Answer:
    return 200, {"now": request.keyring.clock.now()}


def post_clock(request: Request) -> Answer:
    at = request.field("now")
    if at is not None and (type(at) is not int or not 0 <= at < 1 << 40):
        raise invalid("now must be whole seconds, or null")
    request.keyring.clock.stop(at)
    return get_clock(request)


def get_metrics(request: Request) -> Answer:
    return 200, {"kept_decisions": request.keyring.cache.size()}


ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "health", get_health),
    ("POST", "tenants", post_tenant),
    ("GET", "tenants/{tenant}", get_tenant),
    ("POST", "tenants/{tenant}/principals", post_principal),
    ("GET", "tenants/{tenant}/principals", get_principals),
    ("POST", "tenants/{tenant}/principals/{principal}/disable", post_disable),
    ("POST", "tenants/{tenant}/principals/{principal}/enable", post_enable),
    ("PUT", "tenants/{tenant}/guests/{principal}", put_guest),
    ("DELETE", "tenants/{tenant}/guests/{principal}", delete_guest),
    ("GET", "tenants/{tenant}/groups", get_groups),
    ("PUT", "tenants/{tenant}/groups/{group}", put_group),
    ("GET", "tenants/{tenant}/groups/{group}", get_group),
    ("DELETE", "tenants/{tenant}/groups/{group}", delete_group),
    ("PUT", "tenants/{tenant}/groups/{group}/members/{principal}", put_member),
    ("DELETE", "tenants/{tenant}/groups/{group}/members/{principal}", delete_member),
    ("PUT", "tenants/{tenant}/groups/{group}/shares/{tenant}", put_share),
    ("DELETE", "tenants/{tenant}/groups/{group}/shares/{tenant}", delete_share),
    ("PUT", "tenants/{tenant}/roles/{role}", put_role),
    ("GET", "tenants/{tenant}/roles/{role}", get_role),
    ("POST", "tenants/{tenant}/grants", post_grant),
    ("GET", "tenants/{tenant}/grants", get_grants),
    ("GET", "tenants/{tenant}/grants/#", get_grant),
    ("DELETE", "tenants/{tenant}/grants/#", delete_grant),
    ("POST", "tenants/{tenant}/check", post_check),
    ("GET", "tenants/{tenant}/access/{principal}", get_access),
    ("GET", "tenants/{tenant}/audit", get_audit),
    ("GET", "debug/clock", get_clock),
    ("POST", "debug/clock", post_clock),
    ("GET", "debug/metrics", get_metrics),
]
