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


@api.put("/circles/{circle_id}/succession", raises=(*ROLE, *OPEN, errors.CandidateUnfit, errors.OfferOpen))
def offer_circle(caller: Caller, circle_id: str, body: schemas.OfferIn) -> schemas.OfferOut:
    """Offer your circle to a member; they accept with the platform, which must agree."""
    return schemas.OfferOut.of(usecases.offer_circle(wiring.ports(), caller, circle_id, body.user_id))


@api.get("/circles/{circle_id}/succession")
def read_offer(caller: Caller, circle_id: str) -> schemas.OfferOut:
    """Read the open offer, if it is yours to read."""
    return schemas.OfferOut.of(usecases.read_offer(wiring.ports(), caller, circle_id))


@api.delete("/circles/{circle_id}/succession", raises=ROLE)
def withdraw_offer(caller: Caller, circle_id: str) -> None:
    """Take your offer back, or decline the one made to you."""
    usecases.withdraw_offer(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/exports", status=201, raises=(*ROLE, errors.ExportRunning, KeyReused))
def start_export(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ExportIn) -> schemas.ExportOut:
    """Ask for an archive of what is yours, or of your circle; it begins within a minute and is kept for a week."""
    return schemas.ExportOut.of(usecases.start_export(wiring.ports(), caller, circle_id, key, body.kind))


@api.get("/circles/{circle_id}/exports/{export_id}")
def read_export(caller: Caller, circle_id: str, export_id: str) -> schemas.ExportOut:
    """Read how far an archive has come."""
    return schemas.ExportOut.of(usecases.read_export(wiring.ports(), caller, circle_id, export_id))


@api.get("/circles/{circle_id}/exports/{export_id}/files/{index}")
def show_part(caller: Caller, circle_id: str, export_id: str, index: str) -> Redirect:
    """Fetch a file of your archive by an address that lasts a minute: 0 is the manifest."""
    return Redirect(usecases.show_part(wiring.ports(), caller, circle_id, export_id, int(index)))


@api.get("/circles/{circle_id}/exports/{export_id}/pictures/{picture_id}")
def show_exported_picture(caller: Caller, circle_id: str, export_id: str, picture_id: str) -> Redirect:
    """Fetch a picture of your archive by an address that lasts a minute."""
    return Redirect(usecases.show_exported_picture(wiring.ports(), caller, circle_id, export_id, picture_id))
