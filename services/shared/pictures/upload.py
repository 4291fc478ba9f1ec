"""The upload of a picture, from its form to the result of the picture worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.shared.kernel.ids import KEY_LIFETIME, time_of_id

# The picture worker decodes an upload so often, if the function or the table fails in between. Then it rejects the upload.
MAX_TRIES = 3

FLAWS = {  # key, as the item of the picture stores it: the code of the field error
    "too_large": "picture-too-large",
    "too_many_pixels": "picture-too-many-pixels",
    "wrong_type": "picture-type-wrong",
    "too_complex": "picture-too-complex",
    "not_processed": "picture-not-processed",
}


class PictureType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Codes:
    """What the QR codes of a picture lead to, as a text with the same content would.

    products: at most 3 listings, and `product_links.OUTSIDE` for the address of a shop or for further listings.
    has_link: whether one of them is a link.
    """

    products: tuple[str, ...] = ()
    has_link: bool = False


NO_CODES = Codes()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was checked. width, height: pixels of the full-size version."""

    id: str
    type: PictureType
    width: int = 0
    height: int = 0
    codes: Codes = NO_CODES


def products_in(pictures: Iterable[Picture]) -> Iterator[str]:
    """Yield the products that codes in these pictures lead to."""
    return (product for picture in pictures for product in picture.codes.products)


def leads_to_link(pictures: Iterable[Picture]) -> bool:
    """Return whether a code in one of these pictures is a link."""
    return any(picture.codes.has_link for picture in pictures)


class UploadState(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    EXPIRED = "expired"
    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


_REASONS = {  # of the states that are no result of the worker: the code of the field error
    UploadState.AWAITING_UPLOAD: "picture-awaiting-upload",
    UploadState.EXPIRED: "picture-expired",
    UploadState.PROCESSING: "picture-processing",
}


@dataclass(frozen=True, slots=True)
class PictureUpload:
    """An upload of its author. picture: if it is ready. flaw: a key of FLAWS if it is rejected, otherwise empty.

    used_by: what has the picture, where a picture can be used once.
    """

    id: str
    state: UploadState
    picture: Picture | None = None
    flaw: str = ""
    used_by: str = ""

    @property
    def reason(self) -> str:
        """The code of the reason why the picture cannot be posted, or an empty text if it is ready."""
        if self.picture:
            return ""
        return FLAWS[self.flaw] if self.flaw else _REASONS[self.state]


def checked_upload(picture: Picture, flaw: str, used_by: str = "") -> PictureUpload:
    """Return the upload of a picture that the worker checked."""
    if flaw:
        return PictureUpload(picture.id, UploadState.REJECTED, flaw=flaw)
    return PictureUpload(picture.id, UploadState.READY, picture, used_by=used_by)


def missing_upload(picture_id: str, upload_lifetime: timedelta, now: datetime) -> PictureUpload:
    """Return the upload of a picture whose file has not arrived.

    It can arrive while its Idempotency-Key gives forms, and while the last of these can be used.
    """
    can_arrive = now - KEY_LIFETIME - upload_lifetime <= time_of_id(picture_id)
    return PictureUpload(picture_id, UploadState.AWAITING_UPLOAD if can_arrive else UploadState.EXPIRED)
