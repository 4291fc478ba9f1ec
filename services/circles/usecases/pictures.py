"""Pictures: uploaded straight to the bucket, made safe by a worker, attached by their author, shown for a minute."""

from __future__ import annotations

from dataclasses import replace

from services.circles.adapters.bucket import File, Upload
from services.circles.adapters.pictures import Clean, PictureInvalid
from services.circles.domain import Action, Picture, PictureType
from services.circles.errors import PictureNotFound, PicturesInvalid, PicturesNotReady
from services.circles.repository import pictures as repository
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.repository.notes import find_note
from services.circles.usecases.ports import Ports
from services.shared.kernel.errors import FieldError
from services.shared.security.auth import Caller

SHOWN_FOR = 60  # seconds: a member who is kicked keeps no lasting address
RAW, SHOWN, THUMB = "raw", "shown", "thumb"


def create_upload(ports: Ports, caller: Caller, circle_id: str, type: PictureType, size: int) -> tuple[str, Upload]:
    """An address that takes one picture of exactly this type and size from this member."""
    member = require_member(ports.table, circle_id, caller.user_id)
    member.require(Action.POST_NOTE)
    caller.require_not_muted()
    member.require_not_muted(ports.clock())
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())
    picture_id = ports.new_id("pic")
    return picture_id, ports.pictures.offer(place_of(RAW, circle_id, caller.user_id, picture_id), str(type), size)


def take_picture(ports: Ports, place: str, clean: Clean) -> None:
    """Make an upload fit to be shown, or say why it is not; the upload itself goes. Told twice, done once."""
    _, circle_id, author, picture_id = place.split("/")
    upload = ports.pictures.read(place)
    if upload is None:
        return  # done before
    if upload.type in set(PictureType):
        _keep(ports, (circle_id, author, picture_id), upload, clean)
    ports.pictures.delete(place)  # of another type it came by no form of ours, and is just gone


def _keep(ports: Ports, where: tuple[str, str, str], upload: File, clean: Clean) -> None:
    circle_id, author, picture_id = where
    picture, refused = Picture(picture_id, PictureType(upload.type)), ""
    try:
        cleaned = clean(upload.data, upload.type)
    except PictureInvalid as error:
        refused = str(error)
    else:
        ports.pictures.put(place_of(SHOWN, *where), upload.type, cleaned.data)
        ports.pictures.put(place_of(THUMB, *where), upload.type, cleaned.thumb)
        picture = replace(picture, width=cleaned.width, height=cleaned.height)
    repository.keep_picture(ports.table, circle_id, author, picture, ports.clock(), refused)


def attach_pictures(ports: Ports, circle_id: str, author: str, picture_ids: tuple[str, ...]) -> tuple[Picture, ...]:
    """The pictures of a note, each uploaded by its author to this circle and looked at by the worker. PicturesNotReady while
    it has not come to one of them."""
    found, wrong, waits = [], [], False
    for index, picture_id in enumerate(picture_ids):
        looked_at = repository.find_picture(ports.table, circle_id, author, picture_id)
        if looked_at and not looked_at[1]:
            found.append(looked_at[0])
        elif looked_at:
            wrong.append(FieldError(f"/pictures/{index}", looked_at[1]))
        elif ports.pictures.has(place_of(RAW, circle_id, author, picture_id)):
            waits = True
        else:
            wrong.append(FieldError(f"/pictures/{index}", "is not uploaded here by you"))
    if wrong:
        raise PicturesInvalid(fields=tuple(wrong))
    if waits:
        raise PicturesNotReady(retry_after=1)
    return tuple(found)


def get_picture_url(ports: Ports, caller: Caller, circle_id: str, note_id: str, index: int, *, thumb: bool = False) -> str:
    """An address of a note's picture or its thumbnail, good for a minute."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    note = find_note(ports.table, circle_id, note_id)
    if index >= len(note.content.pictures):
        raise PictureNotFound
    picture = note.content.pictures[index]
    place = place_of(THUMB if thumb else SHOWN, circle_id, note.author, picture.id)
    return ports.pictures.show(place, str(picture.type), SHOWN_FOR)


def place_of(kind: str, circle_id: str, author: str, picture_id: str) -> str:
    return f"{kind}/{circle_id}/{author}/{picture_id}"
