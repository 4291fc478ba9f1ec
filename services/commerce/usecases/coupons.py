"""Coupons: issue, end and list them as a seller; claim and list them as a buyer. discounts.py uses them in orders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.commerce.domain.coupon import Coupon, CouponClaim, CouponTerms
from services.commerce.domain.coupon_code import CodeAttempts, derive_code, hash_code, parse_code, symbols_of
from services.commerce.domain.permissions import Action, can_list
from services.commerce.errors import CouponCodeRejected, CouponNotFound, ListingKindNotAllowed
from services.commerce.repository import coupons as repository
from services.commerce.repository.circles import require_known_member, require_member
from services.commerce.repository.coupons import ClaimedCoupon
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import trade_rule
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.security.trading import Offer
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def issue_coupon(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, terms: CouponTerms, *, has_code: bool
) -> tuple[Coupon, str]:
    """Issue a coupon for the caller's own listings in a circle, and return it with its code; an empty one if it is public.

    A retry with the same key returns the coupon and the code of the first try.

    Cost: 3 write units and 1.5 read units; 6 write units with a code.
    Raises: CircleNotFound, CallerMuted, ListingKindNotAllowed (of one of its kinds), KeyReused, RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.ISSUE_COUPON, ports.clock())
    coupon_id, newest = key.id("cpn"), ports.coupon_keys.newest if has_code else b""

    def build() -> Changed[Coupon]:
        if not all(can_list(member.role, kind) for kind in terms.kinds):
            raise ListingKindNotAllowed
        at = ports.clock()
        code_hash = _hash(newest, circle_id, coupon_id) if has_code else ""
        coupon = Coupon(coupon_id, circle_id, caller.user_id, terms, at, next_version(0, at), code_hash)
        return Changed(coupon, also=[repository.put_code(coupon)] if has_code else [])

    slot = Slot.of_key(ports, key, settings().rate("coupon"))
    coupon = create(ports, key, slot, repository.COUPONS, repository.coupon_key(circle_id, coupon_id), build)
    return coupon, _code_of(ports, coupon) if has_code else ""


def _hash(secret: bytes, circle_id: str, coupon_id: str) -> str:
    return hash_code(secret, circle_id, symbols_of(derive_code(secret, coupon_id)))


def _code_of(ports: Ports, coupon: Coupon) -> str:
    """Return the code of a coupon, derived with the key that was the newest when it was issued."""
    keys = ports.coupon_keys.newest_first()
    secret = next(each for each in keys if _hash(each, coupon.circle_id, coupon.id) == coupon.code_hash)
    return derive_code(secret, coupon.id)


def end_coupon(ports: Ports, caller: Caller, circle_id: str, coupon_id: str) -> None:
    """End the caller's own coupon for new orders, also without being a member any more. Orders that use it keep it.

    Unchanged if it has ended.

    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound (the caller was never in the circle), CouponNotFound (also for another member's coupon).
    """
    require_known_member(ports.table, circle_id, caller.user_id)
    load = partial(repository.load_own_coupon, ports.table, circle_id, coupon_id, caller.user_id)
    update(ports, load, lambda coupon: coupon.end(at=ports.clock()))


def list_coupons(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Coupon]:
    """Return a page of the public coupons of a circle whose listings the caller can buy, newest first.

    Cost: 5 read units for 20 coupons of one seller, and 1 for each further seller.
    Raises: CircleNotFound.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    are_open = partial(_are_open, ports, caller, circle_id)
    return repository.list_coupons(ports.table, circle_id, page, lambda coupons: are_open(coupons, is_public=True))


def _are_open(ports: Ports, caller: Caller, circle_id: str, coupons: Sequence[Coupon], *, is_public: bool) -> list[bool]:
    """Whether the caller can claim each coupon: it is not over, and listings of its seller and kinds can be bought."""
    rule, at = trade_rule(ports, circle_id, caller.user_id), ports.clock()
    offers = [
        (coupon.id, Offer(coupon.seller_id, kind, coupon.is_claimable(at) and coupon.is_public is is_public))
        for coupon in coupons
        for kind in sorted(coupon.terms.kinds)
    ]
    is_open = rule.are_open([offer for _, offer in offers])
    open_ids = {coupon_id for (coupon_id, _), each in zip(offers, is_open, strict=True) if each}
    return [coupon.id in open_ids for coupon in coupons]


def list_issued_coupons(ports: Ports, caller: Caller, page: PageRequest) -> Page[Coupon]:
    """Return a page of the coupons that the caller has issued in all circles, newest first.

    Cost: 21 read units for 20 coupons.
    """
    return repository.list_issued_coupons(ports.table, caller.user_id, page)


def claim_coupon(ports: Ports, caller: Caller, circle_id: str, coupon_id: str) -> ClaimedCoupon:
    """Claim a public coupon of the circle, and return it. A claim reserves nothing: an order uses the coupon.

    Unchanged if the caller has claimed it.

    Cost: 2 write units and 5 read units.
    Raises: CircleNotFound, CouponNotFound (also if it has a code, is over, or its seller's listings cannot be bought),
    RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.CLAIM_COUPON, ports.clock())
    coupon, claim = repository.find_coupon(ports.table, circle_id, coupon_id, caller.user_id)
    if coupon is None or not _are_open(ports, caller, circle_id, [coupon], is_public=True)[0]:
        raise CouponNotFound
    if claim:
        return ClaimedCoupon(coupon, claim)
    Slot(ports, caller.user_id, settings().rate("claim")).use()
    return _put_claim(ports, caller, coupon)


def _put_claim(ports: Ports, caller: Caller, coupon: Coupon) -> ClaimedCoupon:
    claim = CouponClaim(coupon.circle_id, coupon.id, caller.user_id, ports.clock())
    return ClaimedCoupon(coupon, repository.put_claim(ports.table, coupon, claim))


def claim_coupon_by_code(ports: Ports, caller: Caller, circle_id: str, pasted_text: str) -> ClaimedCoupon:
    """Claim the coupon of the circle that the code in `pasted_text` belongs to, and return it.

    An attempt is counted before the code is looked up, as with passcodes, so parallel guesses cannot exceed the limit.
    Unchanged if the caller has claimed the coupon.

    Cost: 3 write units and 5.5 read units.
    Raises: CircleNotFound, CouponCodeUnclear (no code or several in the text; not counted as a guess), CouponCodeRejected
    (wrong, of another circle, over, or its seller's listings cannot be bought: one answer for all), CouponCodeLocked (too
    many wrong codes; also for a right one), RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.CLAIM_COUPON, ports.clock())
    symbols, load = parse_code(pasted_text), partial(repository.load_attempts, ports.table, caller.user_id)

    def add(attempts: CodeAttempts) -> CodeAttempts:
        return attempts.add(at=ports.clock())

    def remove_last(attempts: CodeAttempts) -> CodeAttempts:
        return attempts.remove_last(at=ports.clock())

    update(ports, load, add)
    hashes = [hash_code(secret, circle_id, symbols) for secret in ports.coupon_keys.newest_first()]
    coupon = repository.find_by_code(ports.table, circle_id, hashes)
    if coupon is None or not _are_open(ports, caller, circle_id, [coupon], is_public=False)[0]:
        raise CouponCodeRejected
    claimed = _put_claim(ports, caller, coupon)
    # If the function crashes before this, the attempt of a right code stays counted as wrong.
    update(ports, load, remove_last)
    return claimed


def list_claimed_coupons(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[ClaimedCoupon]:
    """Return a page of the coupons of a circle that the caller has claimed, the newest coupons first.

    Cost: 12 read units for 20 coupons.
    Raises: CircleNotFound.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return repository.list_claimed_coupons(ports.table, circle_id, caller.user_id, page)
