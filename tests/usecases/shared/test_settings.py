"""Changes of settings and flags: in force in every process within a minute, audited, and only over what was read."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from services.circles.domain.digest import next_digest_at
from services.circles.settings import DAILY_DIGEST
from services.circles.settings import settings as circles_settings
from services.circles.usecases import handle_schedule
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import DigestReady
from services.shared.security.audit import AuditTrail, canonical_json, find_audit_entry, verify_chain
from services.shared.table.settings import KEY, SettingsPorts, list_changes, load_overrides, refresh, replace_overrides
from simulation.clock import FakeClock
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.settings import SETTINGS
from simulation.setup.circles import create_circle, post_note
from simulation.setup.requests import CHANGE_RATE
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, published_events
from simulation.users import caller

MINUTE = timedelta(minutes=1)


def change_request(etag: str, key: str = "") -> ChangeRequest:
    value = key or new_id("key")
    return ChangeRequest.if_match("ops", CHANGE_RATE, "PUT /settings/circles", value, new_id("body"), frozenset({etag}))


def change(ports: SettingsPorts, values: dict[str, object], rules: dict[str, Any] | None = None) -> None:
    request = change_request(str(load_overrides(ports).entity.version))
    replace_overrides(ports, circles_settings, values, rules or {}, actor="ops", reason="太少。", request=request)


def settings_ports(table: object = None) -> SettingsPorts:
    return SettingsPorts(table or MemoryTable(), FakeClock(), new_id)  # type: ignore[arg-type]


def test_a_change_is_in_force_at_once_where_it_was_made_and_elsewhere_within_a_minute() -> None:
    ports = settings_ports()
    refresh(circles_settings, ports.table, ports.clock())
    change(ports, {"max_pins": 3})
    assert circles_settings().max_pins == 3
    circles_settings.reset()
    refresh(circles_settings, ports.table, ports.clock())
    assert circles_settings().max_pins == 3


def test_a_change_is_recorded_with_its_reason_and_the_values_before_and_after() -> None:
    ports = settings_ports()
    change(ports, {"max_pins": 3})
    change(ports, {"max_pins": 4, "guess_lock": "PT1H"}, {DAILY_DIGEST: {"default": False}})
    change(ports, {})
    recorded = [(entry.actor, entry.reason, entry.changes) for entry in list_changes(ports.table)]
    flag = {DAILY_DIGEST: [None, {"default": False}]}
    assert recorded == [
        ("ops", "太少。", {"max_pins": [4, 5], "guess_lock": ["PT1H", "PT30M"], DAILY_DIGEST: [{"default": False}, None]}),
        ("ops", "太少。", {"max_pins": [3, 4], "guess_lock": ["PT30M", "PT1H"], **flag}),
        ("ops", "太少。", {"max_pins": [5, 3]}),
    ]


def test_the_audit_chain_verifies_without_a_stream_and_covers_what_was_recorded() -> None:
    ports = settings_ports()
    change(ports, {"max_pins": 3})
    change(ports, {"max_pins": 4})
    item = ports.table.get(KEY) or {}
    verification = verify_chain(ports.table, item)
    assert (verification.state, verification.length) == ("intact", 2)
    recorded, entry = list_changes(ports.table)[0], find_audit_entry(ports.table, "SETTINGS|SETTINGS", 2)
    details = canonical_json({"reason": recorded.reason, "changes": recorded.changes})
    salt = AuditTrail.from_item(item).salt
    assert entry and entry.details_hash == hmac.new(salt.encode(), details.encode(), hashlib.sha256).hexdigest()
    assert (entry.actor, entry.action) == ("ops", "settings changed")


@pytest.mark.parametrize("service", SETTINGS)
def test_the_stream_of_each_service_leaves_the_chain_intact(service: str) -> None:
    simulation = Simulation()
    table = simulation.table(service)
    change(SettingsPorts(table, simulation.clock, new_id), {"max_pins": 3})
    assert all_changes(simulation, service)
    handle_all_changes(simulation, service)
    assert verify_chain(table, table.get(KEY) or {}).state == "intact"


def test_a_change_over_what_another_operator_changed_is_denied_and_a_repeat_is_not() -> None:
    ports = settings_ports()
    first = change_request("0", "key")
    for _ in range(2):
        replace_overrides(ports, circles_settings, {"max_pins": 3}, {}, actor="ops", reason="x", request=first)
    with pytest.raises(PreconditionFailed):
        replace_overrides(ports, circles_settings, {"max_pins": 9}, {}, actor="ops", reason="x", request=change_request("0"))
    assert (circles_settings().max_pins, len(list_changes(ports.table))) == (3, 1)


@pytest.mark.parametrize("damage", [{"values": [1]}, {"rules": "{"}, {"rules": "[]"}], ids=str)
def test_an_operator_repairs_an_item_that_was_damaged_by_hand(damage: dict[str, Any]) -> None:
    ports = settings_ports()
    change(ports, {"max_pins": 3})
    ports.table.put({**(ports.table.get(KEY) or {}), **damage}, when=None)
    change(ports, {"max_pins": 4})
    assert circles_settings().max_pins == 4
    circles_settings.reset()
    refresh(circles_settings, ports.table, ports.clock())
    assert circles_settings().max_pins == 4


def test_the_same_values_again_are_no_change() -> None:
    ports = settings_ports()
    change(ports, {"max_pins": 3})
    change(ports, {"max_pins": 3})
    assert len(list_changes(ports.table)) == 1


def test_a_change_and_a_refresh_cost_what_their_docstrings_say() -> None:
    metered = MeteredTable(MemoryTable())
    ports = settings_ports(metered)
    request = change_request("0")
    with metered.measure() as cost:
        replace_overrides(ports, circles_settings, {"max_pins": 3}, {}, actor="ops", reason="x", request=request)
    assert (cost.writes, cost.reads) == (9, 1.5)
    circles_settings.reset()
    with metered.measure() as cost:
        refresh(circles_settings, metered, ports.clock())
        refresh(circles_settings, metered, ports.clock())
    assert (cost.writes, cost.reads, cost.requests) == (0, 0.5, 1)


def test_the_daily_digest_can_be_turned_off_for_one_circle() -> None:
    simulation, lin = Simulation(), caller("lin")
    quiet, other = create_circle(simulation, lin), create_circle(simulation, lin)
    for circle_id in (quiet, other):
        post_note(simulation, circle_id, lin)
    conditions = [{"action": "EQUALS", "key": "circle_id", "value": quiet}]
    rules = {DAILY_DIGEST: {"default": True, "rules": {"one circle": {"when_match": False, "conditions": conditions}}}}
    change(SettingsPorts(simulation.circles_table, simulation.clock, new_id), {}, rules)
    simulation.clock.now = next_digest_at(simulation.clock.now)
    handle_schedule(simulation.circles)
    events = published_events("circles", all_changes(simulation, "circles"))
    assert [event.data.circle_id for event in events if isinstance(event, DigestReady)] == [other]
