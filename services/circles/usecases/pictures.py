"""Pictures: uploaded to the bucket, re-encoded by a worker, attached to notes, loaded from addresses."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from services.circles.adapters.bucket import File, Upload
from services.circles.adapters.picture_urls import Period, PictureUrls
from services.circles.adapters.pictures import Clean, CleanPicture, PictureInvalid
from services.circles.domain import Action, Picture, PictureType, PictureUpload, UploadState
from services.circles.domain.upload import AVATARS, MAX_TRIES, missing_upload
from services.circles.errors import PictureNotFound, PicturesInvalid, PicturesNotReady
from services.circles.repository import pictures as repository
from services.circles.settings import settings
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.shared.kernel.errors import FieldError
from services.shared.kernel.ids import IdempotencyKey, short_hash
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot

RAW, SHOWN, THUMB = "raw", "shown", "thumb"


def create_upload(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, type: PictureType, size: int
) -> tuple[str, Upload]:
    """Return a picture id and a form that uploads one picture of exactly this type and size.

    A retry returns a new form for the same picture. A key with another type or size is another picture.
    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)
    return _create_form(ports, circle_id, key, type, size)


def create_avatar_upload(ports: Ports, key: IdempotencyKey, type: PictureType, size: int) -> tuple[str, Upload]:
    """Return a picture id and a form, as `create_upload` does, for an avatar of the user.

    Cost: 1 write unit and 1 read unit.
    Raises: RateLimitReached.
    """
    return _create_form(ports, AVATARS, key, type, size)


def _create_form(ports: Ports, circle_id: str, key: IdempotencyKey, type: PictureType, size: int) -> tuple[str, Upload]:
    picture_id = key.part(key.body_hash).id("pic")
    _slot(ports, circle_id, key.user, picture_id).use()
    object_key = picture_object_key(RAW, circle_id, key.user, picture_id)
    return picture_id, ports.pictures.create_upload(object_key, str(type), size)


def _slot(ports: Ports, circle_id: str, user_id: str, picture_id: str) -> Slot:
    """Return the slot of the user's form for this picture. The rate limit remembers the last 20 forms of a user."""
    return Slot(ports, user_id, settings().rate("upload"), short_hash(circle_id, picture_id))


def get_picture(ports: Ports, caller: Caller, circle_id: str, picture_id: str) -> PictureUpload:
    """Return the state of a picture that the caller uploads to this circle.

    Cost: 3 read units of a picture that has not arrived, 1.5 of a checked one.
    Raises: CircleNotFound, PictureNotFound (unknown, of another user, or no longer remembered).
    """
    require_permission(ports, caller, circle_id, Action.READ)
    return _get_upload(ports, circle_id, caller.user_id, picture_id)


def get_avatar(ports: Ports, caller: Caller, picture_id: str) -> PictureUpload:
    """Return the state of an avatar that the caller uploads.

    Cost: 2 read units of a picture that has not arrived, half a one of a checked one.
    Raises: PictureNotFound (unknown, of another user, or no longer remembered).
    """
    return _get_upload(ports, AVATARS, caller.user_id, picture_id)


def _get_upload(ports: Ports, circle_id: str, author: str, picture_id: str) -> PictureUpload:
    upload = _find_upload(ports, circle_id, author, picture_id)
    if upload is None:
        raise PictureNotFound
    return upload


def _find_upload(ports: Ports, circle_id: str, author: str, picture_id: str) -> PictureUpload | None:
    """Return an upload of this user in any state, or None if they have no form for such a picture.

    The worker deletes the file after it stored its result. So where the first read has no result and the bucket no file, the
    second read decides.
    """
    checked = repository.find_picture_check(ports.table, circle_id, author, picture_id)
    if checked:
        return checked
    if ports.pictures.exists(picture_object_key(RAW, circle_id, author, picture_id)):
        return PictureUpload(picture_id, UploadState.PROCESSING)
    checked = repository.find_picture_check(ports.table, circle_id, author, picture_id, consistent_read=True)
    if checked or not _slot(ports, circle_id, author, picture_id).is_used():
        return checked
    return missing_upload(picture_id, settings().upload_lifetime, ports.clock())


def process_upload(ports: Ports, object_key: str, clean: Clean, postponements: int = 0) -> int:
    """Re-encode an uploaded picture, and delete the upload. Return 0, or the seconds to postpone it for.

    Stored are the picture and its thumbnail, or the reason why it is invalid.
    An upload waits while its user has used their share of the worker in this minute, so it does not delay other users.
    Unchanged if the upload, or an earlier one of the same picture, was processed before.
    """
    _, circle_id, author, picture_id = object_key.split("/")
    started_at, reserved = ports.clock(), settings().picture_cpu_time
    if not repository.reserve_worker_time(ports.table, author, started_at, reserved):
        return _postponement(object_key, postponements)
    _process(ports, object_key, (circle_id, author, picture_id), clean)
    repository.add_worker_time(ports.table, author, started_at, ports.clock() - started_at - reserved)
    return 0


def _postponement(object_key: str, postponements: int) -> int:
    """Return the seconds to wait: at least 2, doubled each time up to 256, and up to twice as long, by the name of the upload.

    So uploads that were postponed together do not come back together.
    """
    seconds: int = 2 ** min(postponements + 1, 8)
    return seconds + zlib.crc32(object_key.encode()) % seconds


def _process(ports: Ports, object_key: str, ids: tuple[str, str, str], clean: Clean) -> None:
    upload = ports.pictures.find(object_key)
    if upload is None:
        return
    if upload.type in set(PictureType):  # our forms allow no other type: any other upload is only deleted
        upload_hash = hashlib.sha256(upload.data).hexdigest()
        if tries := repository.acquire_picture(ports.table, *ids, upload_hash, ports.clock()):
            _put_checked(ports, ids, upload, clean if tries <= MAX_TRIES else _give_up)
    ports.pictures.delete(object_key)


def _give_up(data: bytes, type: str) -> CleanPicture:
    """Reject an upload that the worker could not process in its tries: the function crashed, or the bucket failed each time."""
    raise PictureInvalid("not_processed")


def _put_checked(ports: Ports, ids: tuple[str, str, str], upload: File, clean: Clean) -> None:
    """Store a picture once. The bucket denies a second picture under the same name, whatever the table contains."""
    circle_id, author, picture_id = ids
    picture, flaw = Picture(picture_id, PictureType(upload.type)), ""
    try:
        cleaned = clean(upload.data, upload.type)
    except PictureInvalid as error:
        flaw = str(error)
    else:
        ports.pictures.put_if_absent(picture_object_key(SHOWN, *ids), upload.type, cleaned.data)
        if cleaned.thumb:
            ports.pictures.put_if_absent(picture_object_key(THUMB, *ids), upload.type, cleaned.thumb)
        picture = replace(picture, width=cleaned.width, height=cleaned.height)
    repository.put_picture_check(ports.table, circle_id, author, picture, ports.clock(), flaw)


def require_attachable_pictures(
    ports: Ports, circle_id: str, author: str, picture_ids: tuple[str, ...], field: str = "/pictures/{index}"
) -> tuple[Picture, ...]:
    """Return these pictures if the author uploaded each to this circle and the worker found it valid.

    field: where the request has them, for the errors.

    Raises: PicturesInvalid (with a reason per picture), PicturesNotReady (the worker has not processed one of them yet).
    """
    pictures, invalid, processing = list[Picture](), list[FieldError](), list[FieldError]()
    for index, picture_id in enumerate(picture_ids):
        upload = _find_upload(ports, circle_id, author, picture_id)
        if upload and upload.picture:
            pictures.append(upload.picture)
        else:
            is_processing = upload and upload.state == UploadState.PROCESSING
            reason = upload.reason if upload else "must-be-own-upload"
            (processing if is_processing else invalid).append(FieldError(field.format(index=index), reason))
    if invalid:
        raise PicturesInvalid(fields=tuple(invalid))
    if processing:
        raise PicturesNotReady(fields=tuple(processing), retry_after=1)
    return tuple(pictures)


@dataclass(frozen=True, slots=True)
class PictureAddresses:
    """Where a response loads its pictures from. All addresses have the same end."""

    urls: PictureUrls
    period: Period

    def url(self, circle_id: str, author: str, picture_id: str) -> str:
        return self._url(SHOWN, circle_id, author, picture_id)

    def thumbnail_url(self, circle_id: str, author: str, picture_id: str) -> str:
        """Return the address of the thumbnail. An avatar is its own."""
        return self._url(SHOWN if circle_id == AVATARS else THUMB, circle_id, author, picture_id)

    def _url(self, folder: str, circle_id: str, author: str, picture_id: str) -> str:
        # The members of a circle see all pictures of it, but not all avatars: those are of many circles.
        scope = f"{AVATARS}/{author}" if circle_id == AVATARS else circle_id
        return self.urls.get_url(scope, picture_object_key(folder, circle_id, author, picture_id), self.period)


def picture_addresses(ports: Ports) -> PictureAddresses:
    """Return what gives the addresses of pictures that the caller can see: it checks nothing itself, and reads nothing."""
    return PictureAddresses(ports.picture_urls, Period.of(ports.clock(), settings().picture_url_lifetime))


def url_lifetime_seconds() -> int:
    return int(settings().download_url_lifetime.total_seconds())


def picture_object_key(folder: str, circle_id: str, author: str, picture_id: str) -> str:
    """Return the key of a picture's object in the bucket."""
    return f"{folder}/{circle_id}/{author}/{picture_id}"


def is_avatar(object_key: str) -> bool:
    return object_key.startswith(f"{RAW}/{AVATARS}/")


class AvatarLink(NamedTuple):
    """An avatar with its URL, which is valid until `expires_at`."""

    picture_id: str
    url: str
    expires_at: datetime


def find_avatar_link(ports: Ports, user_id: str, avatar: str) -> AvatarLink | None:
    """Return the link of a user's avatar, if there is one. Give it only to members of a circle that shows this user."""
    if not avatar:
        return None
    addresses = picture_addresses(ports)
    return AvatarLink(avatar, addresses.url(AVATARS, user_id, avatar), addresses.period.ends_at)


def delete_avatar_check(ports: Ports, user_id: str, avatar: str) -> None:
    """Delete the check by which an avatar could be chosen again."""
    repository.delete_picture_check(ports.table, AVATARS, user_id, avatar)


def delete_avatar(ports: Ports, user_id: str, avatar: str) -> None:
    """Delete an avatar that was replaced, and before it its check."""
    delete_avatar_check(ports, user_id, avatar)
    ports.pictures.delete(avatar_object_key(user_id, avatar))


def avatar_object_key(user_id: str, avatar: str) -> str:
    return picture_object_key(SHOWN, AVATARS, user_id, avatar)


class ReportedPictures(NamedTuple):
    """The pictures of what is reported, of one author. circle_id: the folder that they were uploaded to, or `AVATARS`."""

    circle_id: str
    author: str
    ids: tuple[str, ...]

    def evidence(self, ports: Ports, subject_id: str) -> tuple[dict[str, Any], Callable[[], None]]:
        """Return what the evidence names, and what copies the files there.

        The folder has the month, because evidence expires some months after it was copied: a later report copies it again.
        """
        folder = f"circles/{ports.clock():%Y-%m}/{subject_id}"
        named = {"pictures": list(self.ids), **({"picture_folder": folder} if self.ids else {})}
        return named, partial(self._copy, ports, folder)

    def _copy(self, ports: Ports, folder: str) -> None:
        """Copy the pictures to this folder of the evidence. Unchanged if they are there.

        The copies are made in order, so the last one proves them all: a report that crashed before is completed by the next.
        """
        if self.ids and not ports.evidence.exists(f"{folder}/{self.ids[-1]}"):
            for picture_id in self.ids:
                shown = picture_object_key(SHOWN, self.circle_id, self.author, picture_id)
                ports.pictures.copy(shown, f"{folder}/{picture_id}", into=ports.evidence)
