"""Listings: products for sale inside a circle, and the terms of sale that follow from their kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.commerce.domain.money import Money
from services.commerce.domain.option import Option
from services.commerce.errors import ListingNotFound, ListingRemovedByModerator, ListingRestoredOnAppeal, OptionNotFound
from services.commerce.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import deterministic_id
from services.shared.security.audit import AuditTrail
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns
from services.shared.security.trading import Offer


class ListingKind(StrEnum):
    """The channel of a sale: `merchant` is the circle's curated shop, `c2c` a sale between two members."""

    MERCHANT = "merchant"
    C2C = "c2c"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of sale of one kind.

    platform_share, owner_share: basis points of the total; the circle's owner earns the latter as a commission.
    auto_confirm_after: when a shipped order that the buyer did not confirm counts as received.
    return_window: how long the commission is pending after receipt, in case the buyer returns the product.
    disclosure: what the buyer must read before paying, in English and Chinese.
    is_delivered: whether an order needs an address before it is paid.
    """

    platform_share: int
    owner_share: int
    auto_confirm_after: timedelta
    return_window: timedelta
    disclosure: tuple[str, str]
    is_delivered: bool = True


DISCLOSURES: dict[ListingKind, tuple[str, str]] = {
    ListingKind.MERCHANT: ("The circle's owner earns a commission on this product.", "你购买后，圈主会获得佣金。"),
    ListingKind.C2C: (
        "Sold by a member. We hold your payment until you confirm receipt. Returns are not possible.",
        "成员个人转让：你确认收货前，货款由平台保管；不支持退货。",
    ),
}


def terms_of(kind: ListingKind) -> Terms:
    """Return the terms that are in force for new sales of this kind."""
    now = settings()
    if kind is ListingKind.MERCHANT:
        shares, periods = (
            (now.merchant_platform_share, now.merchant_owner_share),
            (now.merchant_auto_confirm_after, now.merchant_return_window),
        )
    else:
        shares, periods = (now.c2c_platform_share, now.c2c_owner_share), (now.c2c_auto_confirm_after, now.c2c_return_window)
    return Terms(*shares, *periods, DISCLOSURES[kind])


@dataclass(frozen=True, slots=True)
class Removal:
    """A moderator's removal of a listing. The seller reads the reason and not who it was.

    trail: of all removals of the listing.
    restored_revision: the revision that a granted appeal put on sale again; None while the listing is removed.
    """

    by: str
    reason: str
    at: datetime
    trail: AuditTrail
    restored_revision: int | None = None


def removal_case_id(listing_id: str, removed_at_ms: int) -> str:
    """Return the id of the case in which the seller can appeal a removal. It is derived, so no item stores it."""
    return deterministic_id("cas", removed_at_ms, "commerce", "listing_removal", listing_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """A product for sale in a circle.

    seller_id: the user who created the listing and ships its orders.
    stock: the units that no order has reserved. Every reservation changes it without a new revision.
    revision: the version of what a buyer agrees to (title, price, on sale); a purchase must name it.
    on_sale: whether its seller sells it. Whether it can be bought is decided by `services.shared.security.trading`.
    removal: the last one by a moderator; the listing is off sale until an appeal reverses it.
    take_downs: of the platform; while it is down, it is off sale, whatever its seller set.
    """

    id: str
    circle_id: str
    seller_id: str
    kind: ListingKind
    title: str
    price: Money
    stock: int
    created_at: datetime
    version: int
    revision: int
    on_sale: bool = True
    removal: Removal | None = None
    take_downs: TakeDowns = NO_TAKE_DOWNS

    @property
    def terms(self) -> Terms:
        return terms_of(self.kind)

    @property
    def offer(self) -> Offer:
        return Offer(self.seller_id, str(self.kind), self.on_sale and not self.active_removal and not self.take_downs.is_down)

    @property
    def active_removal(self) -> Removal | None:
        """The removal that is in force: the last one, unless an appeal reversed it."""
        return self.removal if self.removal and self.removal.restored_revision is None else None

    def update(self, title: str, price: Money, *, on_sale: bool, at: datetime) -> Listing:
        """Return a new revision. Raises: ListingNotFound (it is down), ListingRemovedByModerator (by a moderator)."""
        self.require_not_down()
        if self.active_removal:
            raise ListingRemovedByModerator(reason=self.active_removal.reason)
        return self._revise(at, title=title, price=price, on_sale=on_sale)

    def withdraw(self, *, at: datetime) -> Listing:
        """Take the listing off sale, for its seller. Unchanged if it is off sale."""
        return self._revise(at, on_sale=False) if self.on_sale else self

    def erase(self, *, at: datetime) -> Listing:
        """Delete the title, because the seller's account is deleted; orders keep it. Unchanged if it is deleted."""
        return self._revise(at, title="", on_sale=False) if self.title else self

    def remove(self, by: str, reason: str, *, at: datetime, salt: str) -> Listing:
        """Take the listing off sale, for a moderator. Unchanged if it is removed: the first reason stays.

        It is a state beside `on_sale`: a seller who withdraws a removed listing has withdrawn it after an appeal too.
        salt: of the audit trail, if this is the first removal.

        Raises: ListingNotFound (it is down), ListingRestoredOnAppeal (the platform restored this revision: that is final).
        """
        self.require_not_down()
        if self.active_removal:
            return self
        if self.removal and self.removal.restored_revision == self.revision:
            raise ListingRestoredOnAppeal
        trail = self.removal.trail if self.removal else AuditTrail(salt=salt)
        details = {"reason": reason, "seller": self.seller_id, "title": self.title}
        trail = trail.extend("listing removed", actor=by, at=at, **details)
        return self._revise(at, removal=Removal(by, reason, at, trail))

    def reverse_removal(self, case_id: str, *, at: datetime) -> Listing:
        """End the removal of a case, because the platform granted the appeal. It is on sale again if its seller sells it.

        Unchanged if the removal in force is of another case, or if there is none.
        """
        removal = self.active_removal
        if removal is None or removal_case_id(self.id, millis(removal.at)) != case_id:
            return self
        trail = removal.trail.extend("removal reversed", actor="review", at=at, case=case_id)
        after = self._revise(at)
        return replace(after, removal=replace(removal, trail=trail, restored_revision=after.revision))

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Listing:
        """Take the listing down, or end a take-down. Its revision, price and stock stay.

        Unchanged if the stored take-down of the case is as new or newer.
        """
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        return replace(self, take_downs=take_downs, version=next_version(self.version, at))

    def require_not_down(self) -> None:
        if self.take_downs.is_down:
            raise ListingNotFound

    def _revise(self, at: datetime, **changes: Any) -> Listing:
        version = next_version(self.version, at)
        return replace(self, version=version, revision=version, **changes)

    def get_option(self, option_id: str) -> Option:
        """Return what is sold under an id; the listing itself for an empty one. Raises: OptionNotFound."""
        if option_id:
            raise OptionNotFound
        return Option("", "", self.price, self.stock)
