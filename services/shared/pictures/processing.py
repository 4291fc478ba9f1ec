"""What the picture worker does with an upload: within its user's share of the time, and once."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace

from services.shared.pictures import checks
from services.shared.pictures.bucket import File
from services.shared.pictures.clean import Clean, CleanPicture, PictureInvalid
from services.shared.pictures.files import SHOWN, THUMB, picture_object_key
from services.shared.pictures.ports import HasPictures
from services.shared.pictures.settings import PictureSettings
from services.shared.pictures.upload import MAX_TRIES, Picture, PictureType


def process_upload(ports: HasPictures, settings: PictureSettings, object_key: str, clean: Clean, postponements: int = 0) -> int:
    """Re-encode an uploaded picture, and delete the upload. Return 0, or the seconds to postpone it for.

    Stored are the picture and its thumbnail, or the reason why it is invalid.
    An upload waits while its user has used their share of the worker in this minute, so it does not delay other users.
    Unchanged if the upload, or an earlier one of the same picture, was processed before.
    """
    _, scope, author, picture_id = object_key.split("/")
    started_at, reserved, share = ports.clock(), settings.picture_cpu_time, settings.picture_time_per_minute
    if not checks.reserve_worker_time(ports.table, author, started_at, reserved, share):
        return _postponement(object_key, postponements)
    _process(ports, settings, object_key, (scope, author, picture_id), clean)
    checks.add_worker_time(ports.table, author, started_at, ports.clock() - started_at - reserved)
    return 0


def _postponement(object_key: str, postponements: int) -> int:
    """Return the seconds to wait: at least 2, doubled each time up to 256, and up to twice as long, by the name of the upload.

    So uploads that were postponed together do not come back together.
    """
    seconds: int = 2 ** min(postponements + 1, 8)
    return seconds + zlib.crc32(object_key.encode()) % seconds


def _process(ports: HasPictures, settings: PictureSettings, object_key: str, ids: tuple[str, str, str], clean: Clean) -> None:
    upload = ports.pictures.find(object_key)
    if upload is None:
        return
    if upload.type in set(PictureType):  # our forms allow no other type: any other upload is only deleted
        upload_hash = hashlib.sha256(upload.data).hexdigest()
        if tries := checks.acquire_picture(ports.table, *ids, upload_hash, ports.clock(), settings):
            _put_checked(ports, settings, ids, upload, clean if tries <= MAX_TRIES else _give_up)
    ports.pictures.delete(object_key)


def _give_up(data: bytes, type: str) -> CleanPicture:
    """Reject an upload that the worker could not process in its tries: the function crashed, or the bucket failed each time."""
    raise PictureInvalid("not_processed")


def _put_checked(ports: HasPictures, settings: PictureSettings, ids: tuple[str, str, str], upload: File, clean: Clean) -> None:
    """Store a picture once. The bucket denies a second picture under the same name, whatever the table contains."""
    scope, author, picture_id = ids
    picture, flaw = Picture(picture_id, PictureType(upload.type)), ""
    try:
        cleaned = clean(upload.data, upload.type)
    except PictureInvalid as error:
        flaw = str(error)
    else:
        ports.pictures.put_if_absent(picture_object_key(SHOWN, *ids), upload.type, cleaned.data)
        if cleaned.thumb:
            ports.pictures.put_if_absent(picture_object_key(THUMB, *ids), upload.type, cleaned.thumb)
        picture = replace(picture, width=cleaned.width, height=cleaned.height, codes=cleaned.codes)
    checks.put_picture_check(ports.table, scope, author, picture, ports.clock(), flaw, settings)
