"""Every function that no user calls asks for the remaining time of its invocation, and has time left when it stops."""

from __future__ import annotations

import inspect
from datetime import timedelta
from importlib import import_module

import pytest

from infra.templates import resources, template
from services import SERVICES
from services.shared.kernel.remaining_time import INBOX_RESERVE, SCHEDULE_RESERVE, STREAM_RESERVE

RESERVES = {"INBOX_RESERVE": INBOX_RESERVE, "SCHEDULE_RESERVE": SCHEDULE_RESERVE, "STREAM_RESERVE": STREAM_RESERVE}


def workers() -> dict[str, int]:
    """Return the handlers of the templates that are called by no user, with their time limits in seconds.

    Not on_push: it posts once, and `posting.CALL_SECONDS` bounds that.
    """
    found = {}
    for service in SERVICES:
        default = template(service)["Globals"]["Function"]["Timeout"]
        for function in resources(service, "Serverless::Function").values():
            handler = function["Handler"]
            if not handler.endswith((".api", ".on_socket", ".on_push")):
                found[handler] = function.get("Timeout", default)
    return found


@pytest.mark.parametrize("handler", workers())
def test_a_worker_stops_before_its_time_ends(handler: str) -> None:
    module, _, name = handler.rpartition(".")
    source = inspect.getsource(getattr(import_module(module), name))
    assert "has_time(context, " in source
    (reserve,) = {reserve for reserve_name, reserve in RESERVES.items() if reserve_name in source}
    limit = timedelta(seconds=workers()[handler])
    assert 2 * reserve < limit, "it works for more than half of its time"


def test_there_are_workers_of_every_kind() -> None:
    names = {handler.rpartition(".")[2] for handler in workers()}
    assert names == {"relay", "on_change", "on_inbox", "on_facts", "on_schedule", "on_hour", "on_picture"}
