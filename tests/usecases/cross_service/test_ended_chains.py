"""R12: the audit chain of what was deleted with its circle, or by a retention, is still verified."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.shared.security.anchored import verify_anchors
from services.shared.security.audit import ChainVerification, verify_chain
from services.shared.table.items import Item
from services.shared.table.purging import ENDED
from tests.kill.actions import CIRCLE, HAO, LIN, ROOM
from tests.support.filled_circle import FilledCircle

MODERATED = ("circles", "chat", "commerce")


@pytest.fixture
def filled() -> FilledCircle:
    """A circle whose owner removed a note, a message and a listing, with anchored heads."""
    circle = FilledCircle()
    ports = circle.simulation
    circles.remove_note(ports.circles, LIN, CIRCLE, circle.notes[HAO.user_id], "广告")
    commerce.remove_listing(ports.commerce, LIN, CIRCLE, circle.listings[HAO.user_id].id, "假货")
    seq = next(
        item["seq"] for item in circle.driver.tables["chat"].all_items() if item.get("sender") == HAO.user_id and "seq" in item
    )
    chat.remove_message(ports.chat, LIN, CIRCLE, ROOM, seq, "广告")
    circle.driver.run()
    anchor(circle)
    return circle


def anchor(circle: FilledCircle) -> None:
    circle.driver.clock.advance(hours=2)
    for service in MODERATED:
        circle.simulation.anchor_heads(service)


def images(circle: FilledCircle, service: str) -> list[Item]:
    return [item for item in circle.driver.tables[service].all_items() if "audit_head" in item]


def broken(circle: FilledCircle, service: str) -> list[ChainVerification]:
    """Return what `make audit` reports of a service."""
    table, simulation = circle.simulation.table(service), circle.simulation
    chains = [verify_chain(table, image) for image in images(circle, service)]
    found = verify_anchors(table, simulation.archive, service, chains, simulation.clock())
    return [one for one in (*chains, *found) if one.state != "intact"]


def purge(circle: FilledCircle) -> None:
    circles.close_circle(circle.simulation.circles, LIN, CIRCLE, timedelta(days=30))
    circle.driver.run()
    circle.driver.clock.advance(days=30)
    circle.run_schedules()


def test_r12_after_a_purge_the_chains_of_what_it_deleted_are_intact(filled: FilledCircle) -> None:
    purge(filled)
    anchor(filled)
    ended = {service: [item for item in images(filled, service) if item["pk"].startswith(ENDED)] for service in MODERATED}
    assert {service: len(items) for service, items in ended.items()} == dict.fromkeys(MODERATED, 1)
    assert {service: broken(filled, service) for service in MODERATED} == {service: [] for service in MODERATED}


def test_r12_an_entity_that_is_deleted_in_another_way_is_reported(filled: FilledCircle) -> None:
    (message,) = [item for item in images(filled, "chat") if "seq" in item]
    table = filled.driver.tables["chat"]
    table._items.pop((message["pk"], message["sk"]))
    assert [one.reason for one in broken(filled, "chat")] == ["it is anchored, but no entity has it any more"]
