"""Goods offered inside a circle, and the terms that their kind brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound, OwnListing, PriceChanged


class Kind(StrEnum):
    """How it is sold: in the circle's shop, by those who curate it, or by a member to another."""

    MERCHANT = "merchant"
    C2C = "c2c"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a kind means: shares in basis points, when an unconfirmed delivery counts as received, how long the owner's
    commission waits for a return, and what the buyer is told before paying."""

    platform: int
    owner: int
    auto_confirm: timedelta
    return_window: timedelta
    disclosure: tuple[str, str]


TERMS: dict[Kind, Terms] = {
    Kind.MERCHANT: Terms(
        platform=500,
        owner=300,
        auto_confirm=timedelta(days=10),
        return_window=timedelta(days=7),
        disclosure=("The circle's owner earns a commission on this.", "圈主会从本商品获得佣金。"),
    ),
    Kind.C2C: Terms(
        platform=100,
        owner=0,
        auto_confirm=timedelta(days=10),
        return_window=timedelta(0),
        disclosure=(
            "Sold by a member; the money is held until you confirm. No returns.",
            "成员个人转让，确认收货前货款由平台保管，不支持退货。",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """`stock` moves with every reservation, outside of `revision`, which is the version of what a buyer agrees to."""

    id: str
    circle_id: str
    seller: str
    kind: Kind
    title: str
    price: Money
    stock: int
    created_at: datetime
    version: int
    revision: int
    on_sale: bool = True

    @property
    def terms(self) -> Terms:
        return TERMS[self.kind]

    def require_purchasable(self, buyer: str, revision: int) -> None:
        """That this buyer may buy it as they saw it."""
        if not self.on_sale:
            raise ListingNotFound
        if buyer == self.seller:
            raise OwnListing
        if revision != self.revision:
            quote = {"revision": self.revision, "amount": self.price.amount, "currency": self.price.currency}
            raise PriceChanged(extra={"quote": quote})
