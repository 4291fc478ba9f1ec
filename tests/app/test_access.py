"""The access matrix: each route with each role and each status of the caller, against the data of `simulation/access`.

A sanction of the circle is imposed once, over HTTP and the bus, and its items are stored again before the cells that need them.
A sanction of the platform is one item, in the table of the service that is called. What a cell writes is reverted after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import product

import pytest

from services import SERVICES
from services.review.domain import SanctionRecord
from services.review.repository.people import sanction_record_to_item
from services.shared.security.account_status import AccountStatus, SanctionLevel, account_status_key
from services.shared.security.actions import DENIALS, DENIED_BY_CIRCLE_MUTE, DENIED_TO_MINORS, ActionKind
from services.shared.security.audit import AuditTrail
from services.shared.table.items import Item, Key
from simulation.access.roles import ROLES, RouteAccess, routes
from simulation.access.statuses import INSIDE, WRITES_WHEN_DENIED, denials, expected_response
from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.gateway import Response
from simulation.api.moto_cloud import Cloud
from simulation.api.operations import operations
from tests.app.test_privacy import observe

ROUTES = routes()
GUARDED = {(operation.service, str(operation)): operation for operation in operations() if not operation.is_public}
CAN_BE_SANCTIONED = ("pending", *sorted(INSIDE - {"owner"}))  # by the circle; no member has a higher rank than the owner
BY_PLATFORM = list(SanctionLevel)
BY_CIRCLE = {"circle_mute": "mute", "kicked": "kick", "banned_in_circle": "ban"}
MINOR = "minor"
STATUSES = [*BY_PLATFORM, *BY_CIRCLE, MINOR]
CELLS = [
    *product(SERVICES, ROLES, BY_PLATFORM),
    *product(SERVICES, CAN_BE_SANCTIONED, BY_CIRCLE),
    *product(["commerce"], ROLES, [MINOR]),
]


def test_the_matrix_has_every_route_of_every_document_and_no_other() -> None:
    assert ROUTES.keys() == GUARDED.keys()


def test_every_route_declares_the_kind_of_action_of_the_matrix() -> None:
    apis = [import_module(f"services.{service}.app").api for service in SERVICES]
    declared = {
        (api.service, f"{route.method} {route.template}"): str(route.kind)
        for api in apis
        for route in api.declared_routes
        if not route.is_public
    }
    assert declared == {key: access.kind for key, access in ROUTES.items()}


def test_r14_the_services_deny_what_the_table_of_statuses_denies() -> None:
    table = denials()
    assert table.keys() == set(ActionKind)
    for kind in ActionKind:
        codes: dict[str, str | None] = dict.fromkeys(SanctionLevel)
        codes |= {level: error.code for level, error in DENIALS[kind].items()}
        codes["circle_mute"] = "caller-muted" if kind in DENIED_BY_CIRCLE_MUTE else None
        codes[MINOR] = "caller-minor" if kind in DENIED_TO_MINORS else None
        assert codes == table[kind]


def test_r14_a_higher_level_denies_what_a_lower_level_denies() -> None:
    for kind, codes in denials().items():
        is_denied = [codes[level] is not None for level in SanctionLevel]
        assert is_denied == sorted(is_denied), kind


@pytest.mark.parametrize(("service", "role", "status"), CELLS)
def test_c11_each_role_with_each_status_gets_the_response_of_the_matrix(
    lasting_api: ApiFixture, service: str, role: str, status: str
) -> None:
    api, cloud, wrong = lasting_api, lasting_api.gateway.cloud, []
    with overlaid(cloud, service, items_of(api, service, role, status)):
        for access in ROUTES.values():
            if access.service == service:
                with cloud.reverted():
                    response = api.call(GUARDED[service, access.route], api.users[role])
                    flaw = flaw_of(cloud, access, response, *expected_response(access, role, status))
                wrong += [flaw] if flaw else []
        api.gateway.sockets.pushes.clear()
    assert not wrong, "\n".join([f"{role}, {status}:", *wrong])


@pytest.mark.parametrize("status", [SanctionLevel.MUTED, SanctionLevel.RESTRICTED])
def test_c3_a_muted_stranger_gets_one_response_and_one_trace_for_each_circle(lasting_api: ApiFixture, status: str) -> None:
    api, user = lasting_api, lasting_api.users["stranger"]
    for service in SERVICES:
        with overlaid(api.gateway.cloud, service, items_of(api, service, "stranger", status)):
            for access in ROUTES.values():
                if access.service == service and access.is_in_circle:
                    operation = GUARDED[service, access.route]
                    with api.gateway.cloud.reverted():
                        assert observe(api, operation, user, {}) == observe(api, operation, user, unknown_ids()), access.route


def flaw_of(cloud: Cloud, access: RouteAccess, response: Response, status: int, code: str | None) -> str:
    """Return how a response differs from the matrix. An error is a problem document, and nothing is written."""
    actual = response.code if response.status >= 400 else ""
    if response.status != status or (code and actual != code):
        return f"{access.route}: {response.status} {actual}, not {status} {code or ''}"
    if response.status >= 400 and response.headers["content-type"] != "application/problem+json":
        return f"{access.route}: no problem document"
    if response.status >= 400 and access.route not in WRITES_WHEN_DENIED and cloud.records(access.service):
        return f"{access.route}: a denied request wrote"
    return ""


def items_of(api: ApiFixture, service: str, role: str, status: str) -> list[Item]:
    """Return the items of one service's table that give the user of this role this status."""
    user_id = api.users[role].user_id
    if status in BY_CIRCLE:
        return items_of_circle_sanction(api, role, BY_CIRCLE[status])[service]
    if status == SanctionLevel.NONE:
        return []
    if status == MINOR:
        key = account_status_key(user_id)
        return [{**(api.gateway.cloud.tables[service].get(key) or key.attributes()), "minor_of": "2099-01-01"}]
    record = SanctionRecord(user_id, AuditTrail(salt="salt"), version=1)
    record = replace(record, account_status=AccountStatus(SanctionLevel(status)))
    item = sanction_record_to_item(record)
    known = api.gateway.cloud.tables[service].get(Key.of(item)) or {}  # the identities of the user stay
    return [{**known, **item}]


_imposed: dict[tuple[str, str, str], dict[str, list[Item]]] = {}


def items_of_circle_sanction(api: ApiFixture, role: str, kind: str) -> dict[str, list[Item]]:
    """Return what each service stores when the owner imposes a sanction on the user of this role."""
    key = (api.name, role, kind)
    if key not in _imposed:
        cloud, user_id = api.gateway.cloud, api.users[role].user_id
        with cloud.reverted():
            before = {service: len(table.stream) for service, table in cloud.tables.items()}
            path = f"/circles/{api.ids['circle_id']}/members/{user_id}/sanctions"
            until = {"until": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"} if kind == "mute" else {}
            api.call_path("circles", "owner", "POST", path, body={"kind": kind, "reason": "反复发布广告。", **until})
            api.gateway.run_streams()
            _imposed[key] = {
                service: [new for _, new in cloud.tables[service].stream[since:] if new] for service, since in before.items()
            }
    return _imposed[key]


@contextmanager
def overlaid(cloud: Cloud, service: str, items: list[Item]) -> Iterator[None]:
    """Store items in a service's table inside the block, and what was there before at its end."""
    with cloud.reverted():
        for item in items:
            cloud.tables[service].put(item, when=None)
        cloud.records(service)
        yield
