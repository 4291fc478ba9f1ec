"""What is called about whose a circle is, its end, and what one takes along."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import OPEN, ROLE, api
from services.shared.http.responses import Redirect
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.put("/circles/{circle_id}/sunset", raises=(*ROLE, errors.CircleNotActive))
def close_circle(caller: Caller, circle_id: str, body: schemas.NoticeIn) -> schemas.NoticeOut:
    """Give notice: from now on the circle can only be read and exported; when the notice is over it is gone."""
    return schemas.NoticeOut.of(usecases.close_circle(wiring.ports(), caller, circle_id, body.notice))


@api.delete("/circles/{circle_id}/sunset", raises=(*ROLE, errors.CircleNotActive))
def reopen_circle(caller: Caller, circle_id: str) -> None:
    """Take the notice back while it runs."""
    usecases.reopen_circle(wiring.ports(), caller, circle_id)


@api.put("/circles/{circle_id}/succession", raises=(*ROLE, *OPEN, errors.CandidateNotEligible, errors.OfferOpen))
def offer_ownership(caller: Caller, circle_id: str, body: schemas.OfferRequest) -> schemas.OfferResponse:
    """Offer your circle to a member; they accept with the platform, which must agree."""
    return schemas.OfferResponse.of(usecases.offer_ownership(wiring.ports(), caller, circle_id, body.user_id))


@api.get("/circles/{circle_id}/succession")
def get_ownership_offer(caller: Caller, circle_id: str) -> schemas.OfferResponse:
    """Read the open offer, if it is yours to read."""
    return schemas.OfferResponse.of(usecases.get_ownership_offer(wiring.ports(), caller, circle_id))


@api.delete("/circles/{circle_id}/succession", raises=ROLE)
def withdraw_ownership_offer(caller: Caller, circle_id: str) -> None:
    """Take your offer back, or decline the one made to you."""
    usecases.withdraw_ownership_offer(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/exports", status=201, raises=(*ROLE, errors.ExportRunning, KeyReused))
def create_export(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ExportRequest) -> schemas.ExportResponse:
    """Ask for an archive of what is yours, or of your circle; it begins within a minute and is kept for a week."""
    return schemas.ExportResponse.of(usecases.create_export(wiring.ports(), caller, circle_id, key, body.kind))


@api.get("/circles/{circle_id}/exports/{export_id}")
def get_export(caller: Caller, circle_id: str, export_id: str) -> schemas.ExportResponse:
    """Read how far an archive has come."""
    return schemas.ExportResponse.of(usecases.get_export(wiring.ports(), caller, circle_id, export_id))


@api.get("/circles/{circle_id}/exports/{export_id}/files/{index}")
def get_export_part_url(caller: Caller, circle_id: str, export_id: str, index: str) -> Redirect:
    """Fetch a file of your archive by an address that lasts a minute: 0 is the manifest."""
    return Redirect(usecases.get_export_part_url(wiring.ports(), caller, circle_id, export_id, int(index)))


@api.get("/circles/{circle_id}/exports/{export_id}/pictures/{picture_id}")
def get_exported_picture_url(caller: Caller, circle_id: str, export_id: str, picture_id: str) -> Redirect:
    """Fetch a picture of your archive by an address that lasts a minute."""
    return Redirect(usecases.get_exported_picture_url(wiring.ports(), caller, circle_id, export_id, picture_id))
