"""Actions around pictures of messages: uploads to a room, the worker that processes them, and messages that have them."""

from __future__ import annotations

from simulation.soak.actions.chat import message_body
from simulation.soak.actions.rooms import room_ids, room_in
from simulation.soak.soak import Soak

TYPE = "image/png"
ARRIVING = 0.9  # share of the forms that a client uses


def upload_picture(soak: Soak) -> None:
    """A member gets a form, and mostly uploads a picture with it."""
    if circle_id := soak.recent("circles", among=2):
        actor, ids = soak.someone_in(circle_id), room_in(soak, circle_id)
        data = soak.mark().encode()
        response = soak.call(actor, "create_room_upload", ids, {"type": TYPE, "size": len(data)})
        if response and response.status == 201:
            soak.learn("uploads", (circle_id, ids["room_id"], actor.index, response.body["picture_id"]))
            if soak.chance(ARRIVING):
                soak.driver.chat_bucket.put(response.body["fields"]["key"], TYPE, data)
                if soak.chance(0.5):
                    process_uploads(soak)


def process_uploads(soak: Soak) -> None:
    """The worker processes one upload that arrived, and the table deletes the checks that have expired."""
    soak.note(f"{soak.driver.process_upload()} of {soak.driver.waiting_uploads()} uploads")
    soak.driver.expire_checks()


def get_picture(soak: Soak) -> None:
    if upload := soak.recent("uploads"):
        circle_id, room_id, index, picture_id = upload
        actor = soak.actors[index] if soak.chance(0.9) else soak.someone_in(circle_id)
        soak.call(actor, "get_room_picture", {**room_ids(circle_id, room_id), "picture_id": picture_id})


def send_pictures(soak: Soak) -> None:
    """The uploader sends one picture, or all recent ones of the room, also what a message has; some are recalled at once."""
    if upload := soak.recent("uploads", among=6):
        circle_id, room_id, index, picture_id = upload
        ids, actor = room_ids(circle_id, room_id), soak.actors[index] if soak.chance(0.95) else soak.someone_in(circle_id)
        own = [each[3] for each in soak.known("uploads", 30) if each[:3] == upload[:3]]
        pictures = own[-9:] if soak.chance(0.2) else [picture_id]
        response = soak.call(actor, "send_message", ids, {**message_body(soak, ids), "pictures": pictures})
        if response and response.status == 201:
            soak.learn("messages", (circle_id, room_id, response.body["seq"]))
            if soak.chance(0.25):
                soak.call(actor, "recall_message", {**ids, "seq": str(response.body["seq"])})


ACTIONS = {upload_picture: 8, process_uploads: 5, get_picture: 2, send_pictures: 10}
