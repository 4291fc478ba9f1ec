"""Pictures: uploaded by their author straight to the bucket, checked when attached, shown by a short-lived address."""

from __future__ import annotations

from services.circles.domain import Action, Picture, PictureType
from services.circles.domain.note import MOST_PICTURE_BYTES
from services.circles.errors import PictureNotFound, PicturesRefused
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.repository.notes import find_note
from services.circles.usecases.ports import Ports
from services.shared.auth import Caller
from services.shared.bucket import Upload
from services.shared.errors import FieldError

SHOWN_FOR = 60  # seconds: a member who is kicked keeps no lasting address
HEAD_BYTES = 32


def offer_upload(ports: Ports, caller: Caller, circle_id: str, type: PictureType, size: int) -> tuple[str, Upload]:
    """An address that takes one picture of exactly this type and size from this member."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.POST_NOTE)
    caller.require_voice()
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())
    picture_id = ports.new_id("pic")
    return picture_id, ports.pictures.offer(_place(circle_id, caller.user_id, picture_id), str(type), size)


def attach_pictures(ports: Ports, circle_id: str, author: str, picture_ids: tuple[str, ...]) -> tuple[Picture, ...]:
    """The pictures of a note, each uploaded by its author to this circle and being what its type says."""
    found, wrong = [], []
    for index, picture_id in enumerate(picture_ids):
        head = ports.pictures.head(_place(circle_id, author, picture_id), HEAD_BYTES)
        if head is None:
            wrong.append(FieldError(f"/pictures/{index}", "is not uploaded here by you"))
        elif head.type not in set(PictureType) or not PictureType(head.type).begins(head.first):
            wrong.append(FieldError(f"/pictures/{index}", "is not the picture its type says"))
        elif head.size > MOST_PICTURE_BYTES:
            wrong.append(FieldError(f"/pictures/{index}", "is larger than 8 MB"))
        else:
            found.append(Picture(picture_id, PictureType(head.type)))
    if wrong:
        raise PicturesRefused(fields=tuple(wrong))
    return tuple(found)


def show_picture(ports: Ports, caller: Caller, circle_id: str, note_id: str, index: int) -> str:
    """An address of a note's picture, good for a minute."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    note = find_note(ports.table, circle_id, note_id)
    if index >= len(note.pictures):
        raise PictureNotFound
    picture = note.pictures[index]
    return ports.pictures.show(_place(circle_id, note.author, picture.id), str(picture.type), SHOWN_FOR)


def _place(circle_id: str, author: str, picture_id: str) -> str:
    return f"{circle_id}/{author}/{picture_id}"
