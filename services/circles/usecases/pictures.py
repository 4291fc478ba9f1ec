"""Pictures of notes, pages and profiles: their uploads, and the addresses that they are loaded from."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.circles.domain import Action, Picture, PictureType, PictureUpload
from services.circles.domain.profile import AVATARS
from services.circles.settings import settings
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.pictures import checks, processing, uploads
from services.shared.pictures.addresses import PictureAddresses, current_period
from services.shared.pictures.bucket import Upload
from services.shared.pictures.clean import Clean
from services.shared.pictures.files import RAW, SHOWN, picture_object_key
from services.shared.security.auth import Caller


def create_upload(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, type: PictureType, size: int
) -> tuple[str, Upload]:
    """Return a picture id and a form that uploads one picture of exactly this type and size.

    A retry returns a new form for the same picture. A key with another type or size is another picture.
    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)
    return uploads.create_form(ports, settings(), circle_id, key, type, size)


def create_avatar_upload(ports: Ports, key: IdempotencyKey, type: PictureType, size: int) -> tuple[str, Upload]:
    """Return a picture id and a form, as `create_upload` does, for an avatar of the user.

    Cost: 1 write unit and 1 read unit.
    Raises: RateLimitReached.
    """
    return uploads.create_form(ports, settings(), AVATARS, key, type, size)


def get_picture(ports: Ports, caller: Caller, circle_id: str, picture_id: str) -> PictureUpload:
    """Return the state of a picture that the caller uploads to this circle.

    Cost: 3 read units of a picture that has not arrived, 1.5 of a checked one.
    Raises: CircleNotFound, PictureNotFound (unknown, of another user, or no longer remembered).
    """
    require_permission(ports, caller, circle_id, Action.READ)
    return uploads.get_upload(ports, settings(), circle_id, caller.user_id, picture_id)


def get_avatar(ports: Ports, caller: Caller, picture_id: str) -> PictureUpload:
    """Return the state of an avatar that the caller uploads.

    Cost: 2 read units of a picture that has not arrived, half a one of a checked one.
    Raises: PictureNotFound (unknown, of another user, or no longer remembered).
    """
    return uploads.get_upload(ports, settings(), AVATARS, caller.user_id, picture_id)


def require_attachable_pictures(
    ports: Ports, circle_id: str, author: str, picture_ids: tuple[str, ...], field: str = "/pictures/{index}"
) -> tuple[Picture, ...]:
    """Return these pictures if the author uploaded each to this circle, and the worker found it valid.

    field: where the request has them, for the errors.
    Raises: PicturesInvalid (with a reason per picture), PicturesNotReady (the worker has not processed one of them yet).
    """
    return uploads.require_attachable_pictures(ports, settings(), circle_id, author, picture_ids, field)


def process_upload(ports: Ports, object_key: str, clean: Clean, postponements: int = 0) -> int:
    """Re-encode an uploaded picture, and delete the upload. Return 0, or the seconds to postpone it for."""
    return processing.process_upload(ports, settings(), object_key, clean, postponements)


def is_avatar(object_key: str) -> bool:
    return object_key.startswith(f"{RAW}/{AVATARS}/")


class CirclesAddresses(PictureAddresses):
    """The addresses of the pictures of circles, and of avatars."""

    def _url(self, folder: str, scope: str, author: str, picture_id: str) -> str:
        if scope != AVATARS:
            return PictureAddresses._url(self, folder, scope, author, picture_id)
        # An avatar is its own thumbnail. Its signature is for its user: a user does not see the avatars of all circles.
        return self.urls.get_url(f"{AVATARS}/{author}", avatar_object_key(author, picture_id), self.period)


def picture_addresses(ports: Ports) -> PictureAddresses:
    """Return what gives the addresses of pictures that the caller can see: it checks nothing itself, and reads nothing."""
    return CirclesAddresses(ports.picture_urls, current_period(ports, settings()))


def url_lifetime_seconds() -> int:
    return int(settings().download_url_lifetime.total_seconds())


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
    checks.delete_picture_check(ports.table, AVATARS, user_id, avatar)


def delete_avatar(ports: Ports, user_id: str, avatar: str) -> None:
    """Delete an avatar that was replaced, and before it its check."""
    delete_avatar_check(ports, user_id, avatar)
    ports.pictures.delete(avatar_object_key(user_id, avatar))


def avatar_object_key(user_id: str, avatar: str) -> str:
    return picture_object_key(SHOWN, AVATARS, user_id, avatar)
