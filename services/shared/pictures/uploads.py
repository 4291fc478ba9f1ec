"""Uploads of pictures: their forms, their states, and which of them can be posted."""

from __future__ import annotations

from services.shared.kernel.errors import FieldError, PictureNotFound, PicturesInvalid, PicturesNotReady
from services.shared.kernel.ids import IdempotencyKey, short_hash
from services.shared.pictures import checks
from services.shared.pictures.bucket import Upload
from services.shared.pictures.files import RAW, picture_object_key
from services.shared.pictures.ports import HasPictures
from services.shared.pictures.settings import PictureSettings
from services.shared.pictures.upload import Picture, PictureType, PictureUpload, UploadState, missing_upload
from services.shared.table.rate_limits import Slot


def create_form(
    ports: HasPictures, settings: PictureSettings, scope: str, key: IdempotencyKey, type: PictureType, size: int
) -> tuple[str, Upload]:
    """Return a picture id and a form that uploads one picture of exactly this type and size.

    A retry returns a new form for the same picture. A key with another type or size is another picture.
    Cost: 1 write unit and half a read unit.
    Raises: RateLimitReached.
    """
    picture_id = key.part(key.body_hash).id("pic")
    _slot(ports, settings, scope, key.user, picture_id).use()
    object_key = picture_object_key(RAW, scope, key.user, picture_id)
    return picture_id, ports.pictures.create_upload(object_key, str(type), size, settings.upload_lifetime)


def _slot(ports: HasPictures, settings: PictureSettings, scope: str, user_id: str, picture_id: str) -> Slot:
    """Return the slot of the user's form for this picture. The rate limit remembers the last 20 forms of a user."""
    return Slot(ports, user_id, settings.rate("upload"), short_hash(scope, picture_id))


def get_upload(ports: HasPictures, settings: PictureSettings, scope: str, author: str, picture_id: str) -> PictureUpload:
    """Return an upload of this user in any state.

    Cost: 2.5 read units of a picture that has not arrived, half a one of a checked one.
    Raises: PictureNotFound (unknown, of another user, or no longer remembered).
    """
    upload = find_upload(ports, settings, scope, author, picture_id)
    if upload is None:
        raise PictureNotFound
    return upload


def find_upload(
    ports: HasPictures, settings: PictureSettings, scope: str, author: str, picture_id: str
) -> PictureUpload | None:
    """Return an upload of this user in any state, or None if they have no form for such a picture.

    The worker deletes the file after it stored its result. So where the first read has no result and the bucket no file, the
    second read decides.
    """
    checked = checks.find_picture_check(ports.table, scope, author, picture_id)
    if checked:
        return checked
    if ports.pictures.exists(picture_object_key(RAW, scope, author, picture_id)):
        return PictureUpload(picture_id, UploadState.PROCESSING)
    checked = checks.find_picture_check(ports.table, scope, author, picture_id, consistent_read=True)
    if checked or not _slot(ports, settings, scope, author, picture_id).is_used():
        return checked
    return missing_upload(picture_id, settings.upload_lifetime, ports.clock())


def require_attachable_pictures(
    ports: HasPictures,
    settings: PictureSettings,
    scope: str,
    author: str,
    picture_ids: tuple[str, ...],
    field: str = "/pictures/{index}",
    used_by: str = "",
) -> tuple[Picture, ...]:
    """Return these pictures if the author uploaded each to this scope and the worker found it valid.

    field: where the request has them, for the errors. used_by: what can have the pictures already, where one is used once.
    Raises: PicturesInvalid (with a reason per picture), PicturesNotReady (the worker has not processed one of them yet).
    """
    pictures, invalid, processing = list[Picture](), list[FieldError](), list[FieldError]()
    for index, picture_id in enumerate(picture_ids):
        upload = find_upload(ports, settings, scope, author, picture_id)
        if upload and upload.picture and upload.used_by in ("", used_by):
            pictures.append(upload.picture)
        else:
            is_processing = upload and upload.state == UploadState.PROCESSING
            reason = upload.reason or "picture-used" if upload else "must-be-own-upload"
            (processing if is_processing else invalid).append(FieldError(field.format(index=index), reason))
    if invalid:
        raise PicturesInvalid(fields=tuple(invalid))
    if processing:
        raise PicturesNotReady(fields=tuple(processing), retry_after=1)
    return tuple(pictures)
