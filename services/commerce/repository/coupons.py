"""Coupons of a circle, their codes, and the claims of buyers. An order takes and returns a use in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.commerce.domain import Order
from services.commerce.domain.coupon import Coupon, CouponClaim, CouponTerms
from services.commerce.domain.coupon_code import CodeAttempts
from services.commerce.domain.money import Money
from services.commerce.domain.terms import ListingKind
from services.commerce.errors import CouponNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table import guesses
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, PRESENT, Attr, Check, Item, Key, Put, Query, Update
from services.shared.table.pages import get_all, query_all, query_page_by_parts
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.purging import delete_partition
from services.shared.table.rate_limits import limit_key
from services.shared.table.versioned import Versioned

ISSUER_INDEX = "gsi1"  # beside the listings and orders by seller
COUPON, CODE, CLAIM = "COUPON#", "CODE#", "CLAIM#"
KEPT_AFTER_END = timedelta(days=180)  # longer than an order can give a use back; then the items expire


@dataclass(frozen=True, slots=True)
class ClaimedCoupon:
    """A coupon with the claim of one buyer."""

    coupon: Coupon
    claim: CouponClaim

    @property
    def is_used_up(self) -> bool:
        return self.coupon.is_used_up or self.claim.uses >= self.coupon.terms.max_uses_per_user


def coupon_key(circle_id: str, coupon_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{COUPON}{coupon_id}")


def code_key(circle_id: str, code_hash: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{CODE}{code_hash}")


def claim_key(buyer_id: str, circle_id: str, coupon_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{CLAIM}{circle_id}#{coupon_id}")


def issuer_partition(seller_id: str) -> str:
    """Return the partition of the index that has the coupons of a seller."""
    return f"ISSUER#{seller_id}"


def put_code(coupon: Coupon) -> Put:
    """Return the write by which the code of a new coupon finds it."""
    about = {"coupon_id": coupon.id, "expires_at": _expires_at(coupon.terms)}
    return Put({**code_key(coupon.circle_id, coupon.code_hash).attributes(), **about}, ABSENT)


def find_by_code(table: Table, circle_id: str, code_hashes: Sequence[str]) -> Coupon | None:
    """Find the coupon of a code of the circle; one hash for each key that it can have. Cost: 1 read unit if it exists."""
    codes = get_all(table, [code_key(circle_id, each) for each in code_hashes])
    found = [COUPONS.find(table, coupon_key(circle_id, item["coupon_id"])) for item in codes.values()]
    return next(iter(found), None)


def find_coupon(table: Table, circle_id: str, coupon_id: str, buyer_id: str) -> tuple[Coupon | None, CouponClaim | None]:
    """Return a coupon and the claim of a buyer, read together. Cost: 1 read unit."""
    keys = coupon_key(circle_id, coupon_id), claim_key(buyer_id, circle_id, coupon_id)
    coupon, claim = map(get_all(table, keys).get, keys)
    return coupon_from_item(coupon) if coupon else None, claim_from_item(claim) if claim else None


def load_own_coupon(table: Table, circle_id: str, coupon_id: str, seller_id: str) -> Versioned[Coupon]:
    """Load a coupon for its seller. Raises: CouponNotFound (also for another user)."""
    loaded = COUPONS.load(table, coupon_key(circle_id, coupon_id))
    if loaded.entity.seller_id != seller_id:
        raise CouponNotFound
    return loaded


def list_coupons(
    table: Table, circle_id: str, page: PageRequest, are_listed: Callable[[Sequence[Coupon]], Collection[bool]]
) -> Page[Coupon]:
    """Return a page of a circle's coupons that are listed, newest first."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=COUPON, limit=page.limit, start=page.start, newest_first=True)

    def entries_of(items: Sequence[Item]) -> Iterator[Coupon | None]:
        coupons = list(map(coupon_from_item, items))
        for coupon, is_listed in zip(coupons, are_listed(coupons), strict=True):
            yield coupon if is_listed else None

    return query_page_by_parts(table, query, entries_of)


def list_issued_coupons(table: Table, seller_id: str, page: PageRequest) -> Page[Coupon]:
    """Return a page of a seller's coupons in all circles, newest first. The index holds keys only."""
    query = Query(pk=issuer_partition(seller_id), index=ISSUER_INDEX, limit=page.limit, start=page.start, newest_first=True)
    return COUPONS.list_by_index(table, query, consistent_read=True)


def iter_issued_coupons(table: Table, seller_id: str) -> Iterator[Coupon]:
    """Yield the coupons of a seller in all circles."""
    for item in query_all(table, Query(pk=issuer_partition(seller_id), index=ISSUER_INDEX, limit=100)):
        if coupon := COUPONS.find(table, Key.of(item), consistent_read=True):
            yield coupon


def list_claimed_coupons(table: Table, circle_id: str, buyer_id: str, page: PageRequest) -> Page[ClaimedCoupon]:
    """Return a page of the coupons of a circle that a buyer has claimed, the newest coupons first."""
    prefix = claim_key(buyer_id, circle_id, "").sk
    query = Query(pk=f"BUYER#{buyer_id}", prefix=prefix, limit=page.limit, start=page.start, newest_first=True)

    def entries_of(items: Sequence[Item]) -> Iterator[ClaimedCoupon | None]:
        claims = list(map(claim_from_item, items))
        found = COUPONS.find_many(table, [coupon_key(circle_id, claim.coupon_id) for claim in claims])
        for claim, coupon in zip(claims, found, strict=True):
            yield ClaimedCoupon(coupon, claim) if coupon else None

    return query_page_by_parts(table, query, entries_of)


def find_claimed(
    table: Table, circle_id: str, buyer_id: str, coupon_ids: Sequence[str], *, consistent_read: bool = False
) -> list[ClaimedCoupon | None]:
    """Return the coupons that a buyer has claimed, read together; None for one that is not claimed or does not exist.

    Cost: 1 read unit per coupon; twice that with a consistent read.
    """
    keys = {each: (coupon_key(circle_id, each), claim_key(buyer_id, circle_id, each)) for each in coupon_ids}
    items = get_all(table, [key for both in keys.values() for key in both], consistent_read=consistent_read)
    found = [(items.get(of_coupon), items.get(of_claim)) for of_coupon, of_claim in keys.values()]
    return [
        ClaimedCoupon(coupon_from_item(coupon), claim_from_item(claim)) if coupon and claim else None for coupon, claim in found
    ]


def put_claim(table: Table, coupon: Coupon, claim: CouponClaim) -> CouponClaim:
    """Store a claim, and return it, or the one that is stored. Cost: 1 write unit."""
    item = {**claim_to_item(claim), "expires_at": _expires_at(coupon.terms)}
    try:
        table.put(item, when=ABSENT)
    except ConditionFailed as failed:
        return claim_from_item(failed.old) if failed.old else claim
    return claim


def delete_claims(table: Table, buyer_id: str) -> Iterator[None]:
    """Delete the claims of a user. Yields after each deletion, so that the caller can stop."""
    return delete_partition(table, f"BUYER#{buyer_id}", CLAIM)


def take_use(claimed: ClaimedCoupon, *, is_unchanged: bool) -> list[Update]:
    """Return the writes by which an order uses a coupon. The conditions fail if no use is left, or the coupon is deleted.

    is_unchanged: whether the coupon must also be as it was read, not ended since.
    """
    coupon, claim, terms = claimed.coupon, claimed.claim, claimed.coupon.terms
    is_left = Attr("uses").lt(terms.max_uses)
    when = is_left & Attr("version").eq(coupon.version) if is_unchanged else is_left
    of_buyer = claim_key(claim.buyer_id, claim.circle_id, claim.coupon_id)
    return [
        Update(coupon_key(coupon.circle_id, coupon.id), when, add={"uses": 1}),
        Update(of_buyer, Attr("uses").lt(terms.max_uses_per_user), add={"uses": 1}),
    ]


def require_unchanged(coupon: Coupon) -> Check:
    """Return the condition under which a late payment keeps the use of its reservation."""
    return Check(coupon_key(coupon.circle_id, coupon.id), Attr("version").eq(coupon.version))


def keys_of(order: Order) -> tuple[Key, ...]:
    """Return the keys of what an order uses: its coupon and the claim of its buyer; none without a coupon."""
    if not order.coupon_id:
        return ()
    of_buyer = claim_key(order.buyer_id, order.circle_id, order.coupon_id)
    return (coupon_key(order.circle_id, order.coupon_id), of_buyer)


def release_use(key: Key) -> Update:
    """Return the write by which an order gives a use back. The condition fails if the item was deleted."""
    return Update(key, PRESENT, add={"uses": -1})


def attempts_key(user_id: str) -> Key:
    return limit_key(user_id, "coupon_code")  # deleted with the rate limits of the user


def load_attempts(table: Table, user_id: str) -> Versioned[CodeAttempts]:
    """Load the attempts for a change, eventually consistent: the change fails if they are outdated."""
    return ATTEMPTS.load_or(table, attempts_key(user_id), CodeAttempts(user_id), consistent_read=False)


def _expires_at(terms: CouponTerms) -> int:
    return millis(terms.ends_at + KEPT_AFTER_END) // 1000


def coupon_to_item(coupon: Coupon) -> Item:
    terms = coupon.terms
    return {
        **coupon_key(coupon.circle_id, coupon.id).attributes(),
        "id": coupon.id,
        "circle_id": coupon.circle_id,
        "seller_id": coupon.seller_id,
        "amount": terms.amount.amount,
        "currency": terms.amount.currency,
        "percent": terms.percent,
        "min_spend": terms.min_spend,
        "kinds": sorted(terms.kinds),
        "max_uses": terms.max_uses,
        "max_uses_per_user": terms.max_uses_per_user,
        "starts_at": millis(terms.starts_at),
        "ends_at": millis(terms.ends_at),
        "created_at": millis(coupon.created_at),
        "version": coupon.version,
        "ended": coupon.ended,
        "uses": coupon.uses,
        "gsi1pk": issuer_partition(coupon.seller_id),
        "gsi1sk": coupon.id,
        "expires_at": _expires_at(terms),
        **({"code_hash": coupon.code_hash} if coupon.code_hash else {}),
    }


def coupon_from_item(item: Item) -> Coupon:
    terms = CouponTerms(
        amount=Money(item["amount"], item["currency"]),
        percent=item["percent"],
        min_spend=item["min_spend"],
        kinds=frozenset(map(ListingKind, item["kinds"])),
        max_uses=item["max_uses"],
        max_uses_per_user=item["max_uses_per_user"],
        starts_at=from_millis(item["starts_at"]),
        ends_at=from_millis(item["ends_at"]),
    )
    return Coupon(
        id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller_id"],
        terms=terms,
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        code_hash=item.get("code_hash", ""),
        ended=item["ended"],
        uses=item["uses"],
    )


def claim_to_item(claim: CouponClaim) -> Item:
    return {
        **claim_key(claim.buyer_id, claim.circle_id, claim.coupon_id).attributes(),
        "circle_id": claim.circle_id,
        "coupon_id": claim.coupon_id,
        "buyer_id": claim.buyer_id,
        "created_at": millis(claim.claimed_at),
        "uses": claim.uses,
    }


def claim_from_item(item: Item) -> CouponClaim:
    at = from_millis(item["created_at"])
    return CouponClaim(item["circle_id"], item["coupon_id"], item["buyer_id"], at, item["uses"])


def _attempts_to_item(attempts: CodeAttempts) -> Item:
    return guesses.attempts_to_item(attempts_key(attempts.user_id), attempts)


def _attempts_from_item(item: Item) -> CodeAttempts:
    return guesses.attempts_from_item(CodeAttempts, item)


COUPONS = EntityStore(coupon_to_item, coupon_from_item, CouponNotFound, counters=frozenset({"uses"}))
ATTEMPTS = EntityStore(_attempts_to_item, _attempts_from_item, CouponNotFound)
