"""Pictures: their upload, and how a response shows them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.pictures.addresses import PictureAddresses
from services.shared.pictures.bucket import Upload
from services.shared.pictures.settings import MAX_PICTURE_BYTES
from services.shared.pictures.upload import Codes, Picture, PictureType, PictureUpload, UploadState

PictureSize = Annotated[int, Field(ge=1, le=MAX_PICTURE_BYTES)]


class UploadResponse(ResponseModel):
    """Where to POST the picture as a form: first `fields`, then `file`. Then name `picture_id` in a note or a message."""

    picture_id: str
    url: str
    fields: dict[str, str]

    @classmethod
    def of(cls, picture_id: str, upload: Upload) -> UploadResponse:
        return cls(picture_id=picture_id, url=upload.url, fields=upload.fields)


class PictureReasonResponse(ResponseModel):
    """Why an uploaded picture cannot be posted, with the text in both languages."""

    code: str
    en: str
    zh_cn: str

    @classmethod
    def of(cls, code: str) -> PictureReasonResponse:
        from services.shared.http.catalogue import FIELDS

        return cls(code=code, en=FIELDS[code].en, zh_cn=FIELDS[code].zh)


ThumbnailUrl = Annotated[
    str,
    Field(
        description="The address of the thumbnail. An `<img>` loads it without a token. It is the same for all members.",
        examples=["https://pictures.example/thumb/cir_01.../9f2c.../pic_01...?Policy=...&Signature=...&Key-Pair-Id=..."],
    ),
]
FullUrl = Annotated[
    str | None,
    Field(
        description="The address of the picture in full size, as `thumbnail_url`. Null in lists of notes: read the one note.",
        examples=["https://pictures.example/shown/cir_01.../9f2c.../pic_01...?Policy=...&Signature=...&Key-Pair-Id=..."],
    ),
]


class StoredPictureResponse(ResponseModel):
    """A picture without an address."""

    id: Annotated[str, Field(description="The id of the picture.", examples=["pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"])]
    type: Annotated[PictureType, Field(description="The media type.", examples=["image/jpeg"])]
    width: Annotated[int, Field(description="The width of the full size, in pixels.", examples=[1600])]
    height: Annotated[int, Field(description="The height of the full size, in pixels.", examples=[1200])]


class PictureResponse(StoredPictureResponse):
    """A picture that an app shows. Its addresses are valid for a few minutes, also after the reader left the circle."""

    thumbnail_url: ThumbnailUrl
    url: FullUrl
    expires_at: Moment = Field(
        description="When the addresses end. Then read the note, the message or the page again for new ones.",
        examples=["2026-08-03T12:10:00Z"],
    )

    @classmethod
    def of(
        cls, picture: Picture, scope: str, author: str, addresses: PictureAddresses, *, full: bool = False
    ) -> PictureResponse:
        ids = scope, author, picture.id
        return cls(
            **stored_fields(picture),
            thumbnail_url=addresses.thumbnail_url(*ids),
            url=addresses.url(*ids) if full else None,
            expires_at=addresses.period.ends_at,
        )


class PictureCodesResponse(ResponseModel):
    """What the QR codes of a picture lead to. They count as a text with the same content."""

    products: list[str] = Field(
        description="At most 3 listings, and `outside` for a shop or further ones. A post with them is commercial.",
        examples=[["lst_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"]],
    )
    has_link: bool = Field(description="Whether one of them is a link. A newcomer cannot post it.", examples=[True])

    @classmethod
    def of(cls, codes: Codes) -> PictureCodesResponse:
        return cls(products=list(codes.products), has_link=codes.has_link)


class UploadedPictureResponse(ResponseModel):
    """An uploaded picture. `picture` and `codes` are set if it is `ready`, otherwise `reason`.

    Ask again after a second while it is `processing`. A `rejected` picture stays rejected: upload another one.
    """

    picture_id: str
    state: UploadState
    reason: PictureReasonResponse | None
    picture: Annotated[
        PictureResponse | None, Field(description="The picture with its addresses, as it will be shown.", examples=[None])
    ]
    codes: PictureCodesResponse | None = Field(description="What its QR codes lead to.", examples=[None])

    @classmethod
    def of(cls, upload: PictureUpload, scope: str, author: str, addresses: PictureAddresses) -> UploadedPictureResponse:
        picture = upload.picture
        return cls(
            picture_id=upload.id,
            state=upload.state,
            reason=PictureReasonResponse.of(upload.reason) if upload.reason else None,
            picture=PictureResponse.of(picture, scope, author, addresses, full=True) if picture else None,
            codes=PictureCodesResponse.of(picture.codes) if picture else None,
        )


def stored_fields(picture: Picture) -> dict[str, Any]:
    """Return the fields of a picture that do not depend on its reader."""
    return {"id": picture.id, "type": picture.type, "width": picture.width, "height": picture.height}
