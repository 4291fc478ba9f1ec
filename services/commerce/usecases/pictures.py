"""Pictures of listings: their uploads to a circle, which listing uses them, and the addresses that they are loaded from."""

from __future__ import annotations

from services.commerce.domain import Listing, ListingPage, PageInput
from services.commerce.domain.circle import Member
from services.commerce.domain.permissions import Action
from services.commerce.repository.circles import require_member
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, PicturesInvalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.pictures import processing, uploads
from services.shared.pictures.addresses import PictureAddresses, current_period
from services.shared.pictures.bucket import Upload
from services.shared.pictures.checks import use_picture
from services.shared.pictures.clean import Clean
from services.shared.pictures.upload import Picture, PictureType, PictureUpload, leads_to_link
from services.shared.security.auth import Caller


def create_listing_upload(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, type: PictureType, size: int
) -> tuple[str, Upload]:
    """Return a picture id and a form that uploads one picture of exactly this type and size, for a listing of this circle.

    A retry returns a new form for the same picture. A key with another type or size is another picture.
    Cost: 1 write unit and 1.5 read units.
    Raises: CircleNotFound, CallerMuted, RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.UPDATE_LISTING, ports.clock())
    return uploads.create_form(ports, settings(), circle_id, key, type, size)


def get_listing_picture(ports: Ports, caller: Caller, circle_id: str, picture_id: str) -> PictureUpload:
    """Return the state of a picture that the caller uploads for a listing of this circle.

    Cost: 3 read units of a picture that has not arrived, 1.5 of a checked one.
    Raises: CircleNotFound, PictureNotFound (unknown, of another user, or no longer remembered).
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return uploads.get_upload(ports, settings(), circle_id, caller.user_id, picture_id)


def process_upload(ports: Ports, object_key: str, clean: Clean, postponements: int = 0) -> int:
    """Re-encode an uploaded picture, and delete the upload. Return 0, or the seconds to postpone it for."""
    return processing.process_upload(ports, settings(), object_key, clean, postponements)


def use_pictures(ports: Ports, member: Member, listing: Listing, page: PageInput, before: ListingPage) -> tuple[Picture, ...]:
    """Return the pictures of a page: those that it had, and new ones that no other listing can have from now on.

    The mark names the revision that is changed: so a picture that was taken off a page, whose files the stream deletes, can
    come back by a new upload only. If two changes of one revision name a picture, both have it, and one of them is stored.
    Cost: 1 write unit and 0.5 read units per new picture.
    Raises: PicturesInvalid (with a reason per picture), PicturesNotReady (the worker has not processed one of them yet),
    NewcomerLimitExceeded (a code in a new one is a link).
    """
    kept = {picture.id: picture for picture in before.pictures}
    new = tuple(picture_id for picture_id in page.picture_ids if picture_id not in kept)
    used_by, where = f"{listing.id}/{listing.revision}", (listing.circle_id, listing.seller_id)
    checked = uploads.require_attachable_pictures(ports, settings(), *where, new, page.field, used_by)
    member.require_can_post("", has_coded_link=leads_to_link(checked))
    for picture_id in sorted(new):  # in the order of ids: of two listings with the same pictures one gets all of them
        if not use_picture(ports.table, *where, picture_id, used_by):
            at = page.field.format(index=page.picture_ids.index(picture_id))
            raise PicturesInvalid(fields=(FieldError(at, "picture-used"),))
    kept |= {picture.id: picture for picture in checked}
    return tuple(kept[picture_id] for picture_id in page.picture_ids)


def picture_addresses(ports: Ports) -> PictureAddresses:
    """Return what gives the addresses of pictures that the caller can see: it checks nothing itself, and reads nothing.

    One signature covers a circle, so all its members have the same addresses.
    """
    return PictureAddresses(ports.picture_urls, current_period(ports, settings()))
