"""Every route that changes something declares its kind of action, and its documented errors follow from the kind."""

from __future__ import annotations

from typing import Any

import pytest

from services.shared.http.openapi import document
from services.shared.http.routes import RawBody, parse_route
from services.shared.kernel.errors import AccountSuspended, CallerMuted, CallerRestricted, DomainError
from services.shared.security.account_status import SanctionLevel
from services.shared.security.actions import ActionKind, require_not_muted, require_permitted
from services.shared.security.auth import Caller


def say(caller: Caller) -> None:
    """Say something."""


def receive(raw: RawBody) -> None:
    """Receive a webhook event."""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_route_that_changes_something_must_declare_its_kind(method: str) -> None:
    with pytest.raises(TypeError, match="kind of action"):
        parse_route(method, "/notes", say, 200, ())
    assert parse_route(method, "/notes", say, 200, (), kind=ActionKind.SPEAK).kind is ActionKind.SPEAK


def test_a_read_and_a_public_route_declare_none() -> None:
    assert parse_route("GET", "/notes", say, 200, ()).kind is ActionKind.READ
    assert parse_route("POST", "/payment-events", receive, 200, ()).is_public


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (ActionKind.READ, set()),
        (ActionKind.SPEAK, {"caller-muted"}),
        (ActionKind.SELL, {"caller-muted", "caller-restricted", "caller-minor"}),
        (ActionKind.STAFF, set()),
    ],
)
def test_the_document_of_a_route_lists_the_errors_of_its_kind(kind: ActionKind, codes: set[str]) -> None:
    route = parse_route("POST", "/notes", say, 200, (), kind=kind)
    responses: dict[str, Any] = document("circles", [route])["paths"]["/notes"]["post"]["responses"]
    forbidden = responses.get("403", {"description": ""})["description"]
    assert {code for code in ("caller-muted", "caller-restricted", "caller-minor") if f"`{code}`" in forbidden} == codes
    assert "access-revoked" in responses["401"]["description"]


@pytest.mark.parametrize(
    ("level", "kind", "error"),
    [
        (SanctionLevel.WARNED, ActionKind.SPEAK, None),
        (SanctionLevel.MUTED, ActionKind.SPEAK, CallerMuted),
        (SanctionLevel.MUTED, ActionKind.APPEAL, None),
        (SanctionLevel.RESTRICTED, ActionKind.SELL, CallerRestricted),
        (SanctionLevel.RESTRICTED, ActionKind.PARTICIPATE, None),
        (SanctionLevel.SUSPENDED, ActionKind.READ, AccountSuspended),
        (SanctionLevel.BANNED, ActionKind.ACCOUNT, None),
    ],
)
def test_r14_a_level_denies_a_kind_with_its_error(
    level: SanctionLevel, kind: ActionKind, error: type[DomainError] | None
) -> None:
    """The whole table is compared in tests/app/test_access.py."""
    if error is None:
        require_permitted(level, kind)
        return
    with pytest.raises(error):
        require_permitted(level, kind)


def test_c22_a_mute_in_a_circle_denies_texts_and_no_participation() -> None:
    require_not_muted(ActionKind.PARTICIPATE, is_muted=True)
    require_not_muted(ActionKind.SPEAK, is_muted=False)
    with pytest.raises(CallerMuted):
        require_not_muted(ActionKind.SPEAK, is_muted=True)
