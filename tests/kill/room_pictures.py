"""The scenarios with a picture in a room: its upload, its message, and what happens to both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.repository.message_items import message_key
from services.shared.pictures.checks import delete_picture_check, find_picture_check
from services.shared.pictures.clean import CleanPicture
from services.shared.pictures.upload import PictureType
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, MEI, REPORT, ROOM, close_circle, run_circles_schedule
from tests.kill.jobs import request_archive, run_jobs
from tests.kill.scenario import Scenario
from tests.kill.take_downs import take_down_and_restore

KEY = new_key(MEI)
PICTURE = KEY.part(KEY.body_hash).id("pic")
REQUEST = MessageRequest("killed-0001", 0, "", picture_ids=(PICTURE,))


def upload_to_room(simulation: Simulation) -> None:
    """Upload a picture and let the worker process it; a failed attempt is a notification that is delivered again."""
    ports = simulation.chat
    picture_id, form = chat.create_room_upload(ports, MEI, CIRCLE, ROOM, KEY, PictureType.PNG, 3)
    if find_picture_check(ports.table, ROOM, MEI.user_id, picture_id) is None:
        simulation.chat_bucket.files[form.fields["key"]] = ("image/png", b"raw")
        chat.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(b"full", b"thumb", 9, 6))


def send_picture(simulation: Simulation) -> Any:
    return chat.send_message(simulation.chat, MEI, CIRCLE, ROOM, REQUEST)


def report(simulation: Simulation) -> None:
    chat.report_message(simulation.chat, HAO, CIRCLE, ROOM, 1, REPORT)


def delete_message(simulation: Simulation) -> None:
    """Delete a message, as a retention does. The stream deletes its files."""
    simulation.chat.table.delete(message_key(CIRCLE, ROOM, 1), when=None)


def expire_upload(simulation: Simulation) -> None:
    """Delete the check of an upload, as the table does when it expires. The stream deletes the files that no message has."""
    delete_picture_check(simulation.chat.table, ROOM, MEI.user_id, PICTURE)


PICTURES_IN_A_ROOM = (
    Scenario("upload-to-room", upload_to_room, "subscribe"),
    Scenario("expire-upload", expire_upload, "upload-to-room"),
    Scenario("send-picture", send_picture, "upload-to-room"),
    Scenario("report-message-with-a-picture", report, "send-picture"),
    *take_down_and_restore("message-with-a-picture", "chat", lambda _: f"{ROOM}/1", "report-message-with-a-picture"),
    Scenario("delete-message-with-a-picture", delete_message, "report-message-with-a-picture"),
    Scenario("delete-message-that-is-down", delete_message, "take-down-message-with-a-picture"),
    Scenario("request-archive-of-pictures", request_archive, "send-picture"),
    Scenario("write-pictures", run_jobs("chat"), "request-archive-of-pictures"),
    Scenario("close-circle-with-pictures", close_circle, "send-picture"),
    Scenario("delete-circle-with-pictures", run_circles_schedule, "close-circle-with-pictures", timedelta(days=31)),
    Scenario("purge-pictures", run_jobs("chat"), "delete-circle-with-pictures"),
)
