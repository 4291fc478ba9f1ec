"""Routes about coupons: of the seller who issues them, and of the buyers who claim them."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

ENTERING = (errors.CouponCodeRejected, errors.CouponCodeLocked, errors.CouponCodeUnclear)


@api.post("/circles/{circle_id}/coupons", kind=ActionKind.SELL, status=201, raises=(errors.ListingKindNotAllowed,))
def issue_coupon(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.CouponRequest
) -> schemas.IssuedCouponResponse:
    """Issue a coupon for your own listings in a circle. You bear the discount."""
    ports = wiring.ports()
    terms = body.terms(ports.clock())
    coupon, code = usecases.issue_coupon(ports, caller, circle_id, key, terms, has_code=body.has_code)
    return schemas.IssuedCouponResponse(coupon=schemas.CouponResponse.of(coupon), code=code or None)


@api.get("/circles/{circle_id}/coupons")
def list_coupons(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.CouponResponse]:
    """List the coupons that you can claim in a circle, newest first."""
    return usecases.list_coupons(wiring.ports(), caller, circle_id, page).map(schemas.CouponResponse.of)


@api.delete("/circles/{circle_id}/coupons/{coupon_id}", kind=ActionKind.OWN_DATA)
def end_coupon(caller: Caller, circle_id: str, coupon_id: str) -> None:
    """End your own coupon for new orders, also after you have left the circle."""
    usecases.end_coupon(wiring.ports(), caller, circle_id, coupon_id)


@api.post("/circles/{circle_id}/coupons/{coupon_id}/claim", kind=ActionKind.PARTICIPATE)
def claim_coupon(caller: Caller, circle_id: str, coupon_id: str) -> schemas.ClaimedCouponResponse:
    """Claim a coupon of the circle. A claim reserves nothing: an order uses the coupon."""
    return schemas.ClaimedCouponResponse.of(usecases.claim_coupon(wiring.ports(), caller, circle_id, coupon_id))


@api.post("/circles/{circle_id}/coupon-claims", kind=ActionKind.PARTICIPATE, raises=ENTERING)
def claim_coupon_by_code(caller: Caller, circle_id: str, body: schemas.CouponCodeRequest) -> schemas.ClaimedCouponResponse:
    """Claim the coupon that a code belongs to."""
    return schemas.ClaimedCouponResponse.of(usecases.claim_coupon_by_code(wiring.ports(), caller, circle_id, body.code))


@api.get("/circles/{circle_id}/coupon-claims")
def list_claimed_coupons(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.ClaimedCouponResponse]:
    """List the coupons that you have claimed in a circle, newest first."""
    found = usecases.list_claimed_coupons(wiring.ports(), caller, circle_id, page)
    return found.map(schemas.ClaimedCouponResponse.of)


@api.get("/coupons")
def list_issued_coupons(caller: Caller, page: PageRequest) -> Page[schemas.CouponResponse]:
    """List the coupons that you have issued, newest first."""
    return usecases.list_issued_coupons(wiring.ports(), caller, page).map(schemas.CouponResponse.of)
