"""The kinds of listings, and the terms of sale that follow from each: one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.domain.shares import Shares
from services.commerce.settings import settings
from services.shared.kernel.errors import FieldError, Invalid

HOUR = timedelta(hours=1)


class ListingKind(StrEnum):
    """The channel of a sale.

    merchant: the circle's curated shop. pick: what the circle's buyer (买手) selects of merchants outside the circle. own: the
    owner's own products. c2c: a sale between two members. voucher: of a local merchant.
    """

    MERCHANT = "merchant"
    PICK = "pick"
    OWN = "own"
    C2C = "c2c"
    VOUCHER = "voucher"


Disclosure = tuple[str, str]  # in English and Chinese


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of sale of one kind.

    platform_share, owner_share: basis points of the total; the circle's owner earns the latter as a commission.
    auto_confirm_after: when a shipped order that the buyer did not confirm counts as received. The escrow ends then.
    return_window: how long after receipt the buyer can return the product; the commission is pending until then.
    ships_within: the promise of shipping, unless the seller makes another one, up to `max_ships_within`.
    is_delivered: whether an order needs a delivery address.
    can_exclude_returns: whether the seller can exclude returns. The buyer reads it before paying.
    disclosure: what the buyer must read before paying, in English and Chinese.
    """

    platform_share: int
    owner_share: int
    auto_confirm_after: timedelta
    return_window: timedelta
    ships_within: timedelta
    max_ships_within: timedelta
    is_delivered: bool
    can_exclude_returns: bool
    disclosure: Disclosure


DISCLOSURES: dict[ListingKind, Disclosure] = {
    ListingKind.MERCHANT: ("The circle's owner earns a commission on this product.", "你购买后，圈主会获得佣金。"),
    ListingKind.PICK: (
        "Picked by the circle's buyer from a merchant outside the circle. The circle's owner earns a commission.",
        "由买手从圈外商家选来；你购买后，圈主会获得佣金。",
    ),
    ListingKind.OWN: ("Sold by the circle's owners themselves.", "圈主自营：由圈主本人出售。"),
    ListingKind.C2C: (
        "Sold by a member. We hold your payment until you confirm receipt.",
        "成员个人转让：你确认收货前，货款由平台保管。",
    ),
    ListingKind.VOUCHER: (
        "A voucher of a local merchant. The circle's owner earns a commission on it.",
        "本地商家的兑换券；你购买后，圈主会获得佣金。",
    ),
}
WITHOUT_RETURNS: Disclosure = ("Returns are not possible.", "不支持退货。")
CAN_EXCLUDE_RETURNS = frozenset({ListingKind.C2C})


def commission_evidence(kind: ListingKind, total: Money) -> dict[str, int]:
    """Return what a reviewer reads of a price: the owner's commission and the platform's share of it, in the minor unit."""
    terms = terms_of(kind)
    shares = Shares.of(total, terms.platform_share, terms.owner_share)
    return {"owner_commission": shares.owner.amount, "owner_share": terms.owner_share, "platform_fee": shares.platform.amount}


def terms_of(kind: ListingKind) -> Terms:
    """Return the terms that are in force for new sales of this kind."""
    now = settings()
    shares = {
        ListingKind.MERCHANT: (now.merchant_platform_share, now.merchant_owner_share),
        ListingKind.PICK: (now.pick_platform_share, now.pick_owner_share),
        ListingKind.OWN: (now.own_platform_share, now.own_owner_share),
        ListingKind.C2C: (now.c2c_platform_share, now.c2c_owner_share),
        ListingKind.VOUCHER: (now.voucher_platform_share, now.voucher_owner_share),
    }
    after_shipment = {
        ListingKind.MERCHANT: (now.merchant_auto_confirm_after, now.merchant_return_window),
        ListingKind.PICK: (now.pick_auto_confirm_after, now.pick_return_window),
        ListingKind.OWN: (now.own_auto_confirm_after, now.own_return_window),
        ListingKind.C2C: (now.c2c_auto_confirm_after, now.c2c_return_window),
        ListingKind.VOUCHER: (now.voucher_auto_confirm_after, now.voucher_return_window),
    }
    promises = {
        ListingKind.MERCHANT: (now.merchant_ships_within, now.merchant_max_ships_within),
        ListingKind.PICK: (now.pick_ships_within, now.pick_max_ships_within),
        ListingKind.OWN: (now.own_ships_within, now.own_max_ships_within),
        ListingKind.C2C: (now.c2c_ships_within, now.c2c_max_ships_within),
        ListingKind.VOUCHER: (now.voucher_ships_within, now.voucher_max_ships_within),
    }
    is_delivered, can_exclude = kind is not ListingKind.VOUCHER, kind in CAN_EXCLUDE_RETURNS
    return Terms(*shares[kind], *after_shipment[kind], *promises[kind], is_delivered, can_exclude, DISCLOSURES[kind])


@dataclass(frozen=True, slots=True)
class Promise:
    """What a seller chooses of the terms.

    ships_within: None for the promise of the kind. accepts_returns: False only for a kind that can exclude them.
    """

    ships_within: timedelta | None = None
    accepts_returns: bool = True

    def require_allowed(self, terms: Terms) -> None:
        """Raises: Invalid (a longer promise of shipping than the terms allow, or returns of this kind cannot be excluded)."""
        fields: list[FieldError] = []
        if self.ships_within and self.ships_within > terms.max_ships_within:
            fields.append(FieldError("/ships_within_hours", "must-be-at-most", {"le": terms.max_ships_within // HOUR}))
        if not self.accepts_returns and not terms.can_exclude_returns:
            fields.append(FieldError("/accepts_returns", "must-accept-returns"))
        if fields:
            raise Invalid(fields=tuple(fields))


DEFAULT_PROMISE = Promise()
