"""Listings. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.listing import Removal, removal_case_id
from services.commerce.domain.money import Money
from services.commerce.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel, TakeDownReason, ViolationResponse
from services.shared.kernel.clock import millis
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line

Price = Annotated[int, Field(ge=1, le=10**9), at_most(lambda: settings().max_price)]
Stock = Annotated[int, Field(ge=1, le=100_000), at_most(lambda: settings().max_stock)]
Currency = Literal["CNY"]


class ProductFields(RequestModel):
    """The fields of a new and of an updated listing. `amount` is the price per unit."""

    title: Line
    amount: Price
    currency: Currency

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class ListingUpdateRequest(ProductFields):
    """The changeable fields of a listing."""

    on_sale: bool = True


class ListingRequest(ProductFields):
    """A new listing. Every member can list `c2c`; `merchant` is for the members who run the circle's shop."""

    kind: ListingKind
    stock: Stock


class RemovalRequest(RequestModel):
    """The reason for which a moderator removes a listing. Its seller reads it."""

    reason: Line


class Disclosure(ResponseModel):
    """Who is responsible for a sale, in both languages."""

    en: str
    zh_cn: str


class RemovalResponse(ResponseModel):
    """Why and when a moderator removed a listing. Its seller can appeal in the case, by `/me/take-downs`."""

    reason: str
    removed_at: Moment
    case_id: str

    @classmethod
    def of(cls, listing_id: str, removal: Removal) -> RemovalResponse:
        case_id = removal_case_id(listing_id, millis(removal.at))
        return cls(reason=removal.reason, removed_at=removal.at, case_id=case_id)


class ListingResponse(ResponseModel):
    """A listing. The buyer must read the `disclosure` before paying.

    Of others you get only what you can buy; your own has `on_sale` as you set it. `removal` is null unless a moderator has
    removed it, `violation` unless the platform has taken it down: then it is off sale.
    """

    listing_id: str
    circle_id: str
    seller_id: str
    kind: ListingKind
    title: str
    amount: int
    currency: str
    stock: int
    revision: int
    on_sale: bool
    removal: RemovalResponse | None
    violation: TakeDownReason
    created_at: Moment
    disclosure: Disclosure
    etag: str

    @classmethod
    def of(cls, listing: Listing) -> ListingResponse:
        en, zh_cn = listing.terms.disclosure
        removal = listing.active_removal
        return cls(
            listing_id=listing.id,
            circle_id=listing.circle_id,
            seller_id=listing.seller_id,
            kind=listing.kind,
            title=listing.title,
            amount=listing.price.amount,
            currency=listing.price.currency,
            stock=listing.stock,
            revision=listing.revision,
            on_sale=listing.on_sale,
            removal=RemovalResponse.of(listing.id, removal) if removal else None,
            violation=ViolationResponse.of(listing.take_downs.violation),
            created_at=listing.created_at,
            disclosure=Disclosure(en=en, zh_cn=zh_cn),
            etag=str(listing.revision),
        )
