"""Routes of pictures that are uploaded to a room."""

from __future__ import annotations

from services.chat import errors, schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post(
    "/circles/{circle_id}/rooms/{room_id}/pictures",
    kind=ActionKind.SPEAK,
    status=201,
    raises=(errors.RoleNotAllowed, errors.CircleReadOnly, errors.RoomArchived),
)
def create_room_upload(
    caller: Caller, circle_id: str, room_id: str, key: IdempotencyKey, body: schemas.PictureRequest
) -> schemas.UploadResponse:
    """Get a form to upload one picture of a message with. A retry returns a new form for the same picture."""
    upload = usecases.create_room_upload(wiring.ports(), caller, circle_id, room_id, key, body.type, body.size)
    return schemas.UploadResponse.of(*upload)


@api.get("/circles/{circle_id}/rooms/{room_id}/pictures/{picture_id}")
def get_room_picture(caller: Caller, circle_id: str, room_id: str, picture_id: str) -> schemas.UploadedPictureResponse:
    """Get the state of a picture that you upload to a room: whether it is ready, or why a message cannot have it."""
    ports = wiring.ports()
    upload = usecases.get_room_picture(ports, caller, circle_id, room_id, picture_id)
    return schemas.UploadedPictureResponse.of(upload, room_id, caller.user_id, usecases.picture_addresses(ports))
