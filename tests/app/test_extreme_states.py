"""A circle with the longest texts and the fullest lists, for every reader, and for every worker over years."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from services import SERVICES
from services.review.repository.applications import MAX_PAGE
from services.shared.security.audit import verify_chain
from simulation.api.build import build_api_fixture
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context, Gateway
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, operations
from tests.app.extremes import greatest, legal, permitted, quotes, routes
from tests.support.sizes import MAX_RESPONSE_BYTES, assert_sizes, longest_text

ROUTES = routes()
SKIPPED = {"close_circle", "update_listing", "handle_webhook_event"}  # the circle is closed last
WRITERS = [one for one in operations() if one.takes_body and not one.name.endswith("_settings") and one.name not in SKIPPED]
READERS = [one for one in operations() if one.method == "GET" and not one.is_public]
PERSONAS = ("owner", "moderator", "member", "reviewer", "operator")
LISTED_AT_ONCE = {"list_applications": MAX_PAGE}
DAY = timedelta(days=1)
LATER = (timedelta(0), 8 * DAY, 32 * DAY, 27_000 * DAY)  # the latest moment that a request can name is in the year 2100


@pytest.fixture
def full(gateway: Gateway) -> ApiFixture:
    """A circle in which each operation was called with its greatest body."""
    api = build_api_fixture(gateway)
    for operation in WRITERS:
        _write(api, operation)
    return api


def _write(api: ApiFixture, operation: Operation) -> None:
    by, model = permitted(api, operation), ROUTES[operation.name].documented_body
    assert model
    for longest in (longest_text, quotes):
        body = legal(api, operation, by, greatest(model, api.request_body(operation), longest))
        assert api.call(operation, api.users[by], body=body).status < 500, operation


def run_workers(gateway: Gateway, at: datetime) -> None:
    """Run the schedules of all services at a time, and everything that follows."""
    with ExitStack() as stack:
        for service in SERVICES:
            stack.enter_context(mock.patch.object(service_module("wiring", service), "utc_now", lambda: at))
        for _ in range(2):
            for service in SERVICES:
                workers = service_module("workers", service)
                for name in ("on_schedule", "on_hour"):
                    if handler := getattr(workers, name, None):
                        handler({}, Context())
            gateway.run_streams()


def assert_readable(api: ApiFixture) -> None:
    """Assert that every reader gets every response, and that the longest page fits in a response of a function."""
    for operation in READERS:
        for persona in PERSONAS:
            query = "limit=100" if operation.is_paged else ""
            response = api.call(operation, api.users[persona], query=query)
            assert response.status < 500, (operation.name, persona, response)
            items = response.body["items"] if operation.is_paged and response.status == 200 else []
            largest = max((_size_in_response(item) for item in items), default=0)
            assert largest * LISTED_AT_ONCE.get(operation.name, 100) < MAX_RESPONSE_BYTES, (operation.name, largest)


def _size_in_response(item: Any) -> int:
    """Return the size of an item in the response of a function, which contains the body as a text."""
    return len(json.dumps(json.dumps(item, ensure_ascii=False), ensure_ascii=False).encode())


def assert_chains_intact(api: ApiFixture) -> None:
    for service in SERVICES:
        table: Any = service_module("wiring", service).table()
        for image in api.gateway.cloud.items(service).values():
            if "audit_length" in image:
                assert verify_chain(table, image).state == "intact", image["pk"]


def test_a_full_circle_is_readable_and_passes_every_worker_for_years(full: ApiFixture) -> None:
    gateway = full.gateway
    gateway.run_streams()
    assert_readable(full)
    full.call_path("circles", "owner", "PUT", f"/circles/{full.ids['circle_id']}/closing", body={"notice_days": 90})
    for later in LATER:
        run_workers(gateway, datetime.now(UTC) + later)
    assert_chains_intact(full)
    for service in SERVICES:
        assert_sizes(service, gateway.cloud.history(service))
