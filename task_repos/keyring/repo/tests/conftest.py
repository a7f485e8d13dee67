"""A service in memory, driven like over HTTP but without a socket."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from keyd.service import Keyring
from keyd.wsgi import App

NOON = 1_700_000_000


class Client:
    def __init__(self) -> None:
        self.keyring = Keyring()
        self.app = App(self.keyring)
        self.at(NOON)

    def at(self, now: int) -> None:
        self.keyring.clock.stop(now)

    def __call__(self, method: str, path: str, body: Any = None, actor: str = "ann") -> Any:
        text = "" if body is None else json.dumps(body)
        status, headers, answer = self.app.answer(method, path, {"x-actor": actor}, text)
        return SimpleNamespace(status=status, headers=headers, body=answer)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        answer = self(method, path, body)
        assert answer.status in (200, 201), answer.body
        return answer.body

    def tenant(self, name: str, *principals: str) -> None:
        self.ok("POST", "/tenants", {"id": name, "name": name.title()})
        for principal in principals:
            self.ok("POST", f"/tenants/{name}/principals", {"id": principal, "name": principal})
        self.ok("PUT", f"/tenants/{name}/roles/analyst", {"permissions": ["reports:*"]})

    def grant(self, tenant: str, subject: str, resource: str = "reports") -> int:
        body = {"subject": subject, "role": "analyst", "resource": resource}
        return int(self.ok("POST", f"/tenants/{tenant}/grants", body)["id"])

    def check(self, tenant: str, principal: str, resource: str = "reports/2024") -> Any:
        body = {"principal": principal, "permission": "reports:read", "resource": resource}
        return self("POST", f"/tenants/{tenant}/check", body)

    def allowed(self, tenant: str, principal: str, resource: str = "reports/2024") -> bool:
        return bool(self.check(tenant, principal, resource).body["allowed"])


@pytest.fixture
def client() -> Client:
    return Client()
