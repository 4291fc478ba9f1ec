"""The least and the greatest legal body of each route, with every consumer behind it; and what is just out of range.

No consumer fails, nothing is set aside, and every item, event and message stays within what AWS takes. What is out of range is
denied without a write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from services import SERVICES
from services.circles.settings import settings as circles
from services.commerce.settings import settings as commerce
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, operations
from simulation.settings import GUARDRAILS, overridden
from tests.app.extremes import (
    WHOLE,
    create_listings,
    greatest,
    illegal_neighbours,
    least,
    legal,
    permitted,
    routes,
    upload_pictures,
)
from tests.app.permitted import permitted_user
from tests.app.problems import assert_problem
from tests.support.sizes import assert_sizes

ROUTES = routes()
WITH_BODY = [one for one in operations() if one.takes_body and not one.is_public and not one.name.endswith("_settings")]
Make = Callable[[type[BaseModel], dict[str, Any]], dict[str, Any]]
MAKERS: dict[str, Make] = {"least": least, "greatest": greatest}


def model_of(operation: Operation) -> type[BaseModel]:
    model = ROUTES[operation.name].documented_body
    assert model, operation
    return model


def run_consumers(api: ApiFixture) -> None:
    """Run streams, bus, inboxes and schedules of all services until nothing is left."""
    api.gateway.run_streams()
    for service in SERVICES:
        if on_schedule := getattr(service_module("workers", service), "on_schedule", None):
            on_schedule({}, Context())
    api.gateway.run_streams()


@pytest.mark.parametrize("size", MAKERS)
@pytest.mark.parametrize("operation", WITH_BODY, ids=label)
@overridden(commerce, max_reserved_units=1000)  # beside the reservations of the fixture
@overridden(circles, **GUARDRAILS)
def test_each_legal_extreme_passes_through_every_consumer(api: ApiFixture, operation: Operation, size: str) -> None:
    by = permitted(api, operation)
    body = MAKERS[size](model_of(operation), api.request_body(operation))
    if size != "least" or operation.name in WHOLE:
        body = legal(api, operation, by, body)
    if size == "greatest" and "pictures" in model_of(operation).model_fields:
        body |= {"pictures": upload_pictures(api, by, service=operation.service)}
        body |= {"listings": create_listings(api)} if "listings" in model_of(operation).model_fields else {}
        api.gateway.run_streams()
    history = {service: len(table.stream) for service, table in api.gateway.cloud.tables.items()}
    response = api.call(operation, api.users[by], body=body)
    assert response.status < 300, (body, response)
    run_consumers(api)
    for service, since in history.items():
        assert_sizes(service, api.gateway.cloud.history(service, since))


@pytest.mark.parametrize("operation", WITH_BODY, ids=label)
def test_each_illegal_neighbour_is_denied_without_a_write(api: ApiFixture, operation: Operation) -> None:
    base, user = api.request_body(operation), api.users[permitted_user(operation)]
    for name, value in illegal_neighbours(model_of(operation)):
        response = api.call(operation, user, body={**base, name: value})
        assert_problem(api.gateway, operation.service, response, 422, "invalid")
        assert all(field["at"].startswith(f"/{name}") for field in response.body["errors"]), (name, value, response.body)
