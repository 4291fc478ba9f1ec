"""Actions of moderators on rooms: topics that they open and archive, and the settings of each room."""

from __future__ import annotations

from typing import Any

from services.shared.kernel.ids import derive_id
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

TOPIC_SHARE = 0.3  # of what is done in rooms of a circle that has topics
SETTINGS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("senders", ("members", "members", "regulars", "moderators")),
    ("earlier_for_newcomers", (False, True)),
    ("slow_mode_seconds", (0, 5, 60)),
    ("retention_days", (1, 3, 30, 0)),
)


def room_in(soak: Soak, circle_id: str) -> dict[str, str]:
    """Return the ids of the lobby of a circle, or of one of its topics that actors know."""
    is_topic, topic = soak.chance(TOPIC_SHARE), soak.recent("topics", among=4, of=circle_id)
    return room_ids(*topic) if is_topic and topic else room_ids(circle_id, derive_id("rom", circle_id))


def room_ids(circle_id: str, room_id: str) -> dict[str, str]:
    return {"circle_id": circle_id, "room_id": room_id}


def open_topic(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        body = {"name": "湿地晨观", "notice": soak.text("每周六集合")}
        response = soak.call(soak.staff_of(circle_id), "open_topic", {"circle_id": circle_id}, body)
        if response and response.status == 201:
            soak.learn("topics", (circle_id, response.body["room_id"]))


def archive_topic(soak: Soak) -> None:
    """A moderator archives a topic, or opens it again."""
    if topic := soak.recent("topics", among=4):
        _change(soak, room_ids(*topic), {"archived": soak.chance(0.6)})


def set_room(soak: Soak) -> None:
    """A moderator changes one setting of a room; an owner is needed for a retention."""
    if circle_id := soak.recent("circles", among=2):
        name, values = soak.randomness.choice(SETTINGS)
        _change(soak, room_in(soak, circle_id), {name: soak.randomness.choice(values)})


def _change(soak: Soak, ids: dict[str, str], body: dict[str, Any]) -> None:
    by = soak.staff_of(ids["circle_id"])

    def pick(page: Any) -> Any:
        return next((each for each in page["items"] if each["room_id"] == ids["room_id"]), None)

    etag = etag_of(soak, by, "list_rooms", {"circle_id": ids["circle_id"]}, pick)
    soak.call(by, "update_room", ids, body, etag=etag)


ACTIONS = {open_topic: 3, archive_topic: 2, set_room: 5}
