"""Routes of pictures that are uploaded for listings."""

from __future__ import annotations

from services.commerce import schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/listing-pictures", kind=ActionKind.SELL, status=201)
def create_listing_upload(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PictureRequest
) -> schemas.UploadResponse:
    """Get a form to upload one picture of a listing with. A retry returns a new form for the same picture."""
    upload = usecases.create_listing_upload(wiring.ports(), caller, circle_id, key, body.type, body.size)
    return schemas.UploadResponse.of(*upload)


@api.get("/circles/{circle_id}/listing-pictures/{picture_id}")
def get_listing_picture(caller: Caller, circle_id: str, picture_id: str) -> schemas.UploadedPictureResponse:
    """Get the state of a picture that you upload for a listing: whether it is ready, or why a listing cannot have it."""
    ports = wiring.ports()
    upload = usecases.get_listing_picture(ports, caller, circle_id, picture_id)
    return schemas.UploadedPictureResponse.of(upload, circle_id, caller.user_id, usecases.picture_addresses(ports))
