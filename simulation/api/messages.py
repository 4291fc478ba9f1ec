"""The messages of the circle that the API tests use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.chat.repository.message_items import message_key
from services.shared.kernel.clock import millis
from services.shared.table.items import PRESENT
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import service_module


def send_messages(api: ApiFixture) -> None:
    """Send a message of the target and one of the owner. The owner's seems newer, because tests recall it minutes later."""
    room = f"/circles/{api.ids['circle_id']}/rooms/{api.ids['room_id']}"
    body = {"client_msg_id": "message-0000", "after_seq": 0, "text": "早。"}
    api.call_path("chat", "target", "POST", f"{room}/messages", body=body)
    seq = api.call_path("chat", "owner", "POST", f"{room}/messages", body=body)["seq"]
    sent_at = millis(datetime.now(UTC) + timedelta(hours=1))
    key = message_key(api.ids["circle_id"], api.ids["room_id"], seq)
    service_module("wiring", "chat").table().update(key, set={"sent_at": sent_at}, when=PRESENT)
    api.ids["own_seq"] = str(seq)
