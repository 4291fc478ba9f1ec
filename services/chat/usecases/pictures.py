"""Pictures of messages: their uploads to a room, which message uses them, and the addresses that they are loaded from."""

from __future__ import annotations

from services.chat.domain import Action, Message, MessageRequest
from services.chat.repository import participants, rooms
from services.chat.settings import settings
from services.chat.usecases.open_rooms import require_room_of_sender
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, PicturesInvalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.pictures import processing, uploads
from services.shared.pictures.addresses import PictureAddresses, current_period
from services.shared.pictures.bucket import Upload
from services.shared.pictures.checks import use_picture
from services.shared.pictures.clean import Clean
from services.shared.pictures.upload import Picture, PictureType, PictureUpload
from services.shared.security.auth import Caller


def create_room_upload(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, key: IdempotencyKey, type: PictureType, size: int
) -> tuple[str, Upload]:
    """Return a picture id and a form that uploads one picture of exactly this type and size, for a message in this room.

    A retry returns a new form for the same picture. A key with another type or size is another picture.
    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, RoleNotAllowed, CircleReadOnly, RoomArchived, RateLimitReached.
    """
    at = ports.clock()
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.SEND, at)
    require_room_of_sender(ports, participant, room_id, at)
    return uploads.create_form(ports, settings(), room_id, key, type, size)


def get_room_picture(ports: Ports, caller: Caller, circle_id: str, room_id: str, picture_id: str) -> PictureUpload:
    """Return the state of a picture that the caller uploads to this room.

    Cost: 3.5 read units of a picture that has not arrived, 2 of a checked one.
    Raises: CircleNotFound, RoomNotFound, PictureNotFound (unknown, of another user, or no longer remembered).
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    rooms.require_room(ports.table, participant, room_id)
    return uploads.get_upload(ports, settings(), room_id, caller.user_id, picture_id)


def process_upload(ports: Ports, object_key: str, clean: Clean, postponements: int = 0) -> int:
    """Re-encode an uploaded picture, and delete the upload. Return 0, or the seconds to postpone it for."""
    return processing.process_upload(ports, settings(), object_key, clean, postponements)


def require_sendable_pictures(ports: Ports, sender: str, room_id: str, request: MessageRequest) -> tuple[Picture, ...]:
    """Return the pictures of a message if its sender uploaded each to this room, it is valid, and no other message uses it.

    Cost: 0.5 read units per picture.
    Raises: PicturesInvalid (with a reason per picture), PicturesNotReady (the worker has not processed one of them yet).
    """
    used_by, ids = request.slot_token(sender), request.picture_ids
    return uploads.require_attachable_pictures(ports, settings(), room_id, sender, ids, used_by=used_by)


def use_pictures(ports: Ports, message: Message, request: MessageRequest) -> None:
    """Let a message have its pictures, so that no other message can. A retry of the same send has them already.

    Each write is the whole decision about one picture. If a parallel message was faster with one of them, those that were
    written before it stay with this send, which stores no message: their sender uploads them again.
    Cost: 1 write unit per picture.
    Raises: PicturesInvalid.
    """
    used_by = request.slot_token(message.sender)
    # In the order of ids: of two messages with the same pictures one gets all of them.
    for picture_id in sorted(request.picture_ids):
        if not use_picture(ports.table, message.room_id, message.sender, picture_id, used_by):
            index = request.picture_ids.index(picture_id)
            raise PicturesInvalid(fields=(FieldError(f"/pictures/{index}", "picture-used"),))


def picture_addresses(ports: Ports) -> PictureAddresses:
    """Return what gives the addresses of pictures that the caller can see: it checks nothing itself, and reads nothing.

    One signature covers a room, so all who read it have the same addresses.
    """
    return PictureAddresses(ports.picture_urls, current_period(ports, settings()))
