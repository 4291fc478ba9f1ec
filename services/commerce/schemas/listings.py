"""Responses about listings. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce.domain import Listing, ListingKind, Option
from services.commerce.domain.listing import Removal, removal_case_id
from services.commerce.domain.protection import Guarantee, Protection
from services.commerce.repository.listing_pages import PageView
from services.shared.http.pictures import PictureResponse
from services.shared.http.schemas import ResponseModel, TakeDownReason, ViolationResponse
from services.shared.kernel.clock import millis
from services.shared.kernel.moments import Moment
from services.shared.pictures.addresses import PictureAddresses

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Disclosure(ResponseModel):
    """Who is responsible for a sale, in both languages."""

    en: str
    zh_cn: str


class ProtectionResponse(ResponseModel):
    """What an order inside the circle guarantees to its buyer, in codes and as a text in both languages."""

    guarantees: list[Guarantee]
    en: str
    zh_cn: str

    @classmethod
    def of(cls, protection: Protection) -> ProtectionResponse:
        en, zh_cn = protection.text
        return cls(guarantees=list(protection.guarantees), en=en, zh_cn=zh_cn)


class RemovalResponse(ResponseModel):
    """Why and when a moderator removed a listing. Its seller can appeal in the case, by `/me/take-downs`."""

    reason: str
    removed_at: Moment
    case_id: str

    @classmethod
    def of(cls, listing_id: str, removal: Removal) -> RemovalResponse:
        case_id = removal_case_id(listing_id, millis(removal.at))
        return cls(reason=removal.reason, removed_at=removal.at, case_id=case_id)


class OptionResponse(ResponseModel):
    """A choice of a listing, such as a size or a colour, with its own price and stock. A seller also sees withdrawn ones."""

    option_id: str
    name: str
    amount: int
    stock: int
    on_sale: bool

    @classmethod
    def of(cls, option: Option) -> OptionResponse:
        fields = {"name": option.name, "amount": option.price.amount, "stock": option.stock, "on_sale": option.on_sale}
        return cls(option_id=option.id, **fields)


class TermsResponse(ResponseModel):
    """The terms of a sale, as they are for an order that is placed now. Shares are in basis points of the total.

    The payment is held until receipt; a shipped order counts as received after `receipt_days`.
    """

    accepts_returns: bool
    return_days: int
    ships_within_hours: int
    receipt_days: int
    platform_share: int
    owner_share: int

    @classmethod
    def of(cls, listing: Listing) -> TermsResponse:
        terms = listing.terms
        return cls(
            accepts_returns=bool(listing.return_window),
            return_days=listing.return_window // DAY,
            ships_within_hours=listing.ships_within // HOUR,
            receipt_days=terms.auto_confirm_after // DAY,
            platform_share=terms.platform_share,
            owner_share=terms.owner_share,
        )


class ListingResponse(ResponseModel):
    """A listing, as lists have it. The buyer must read the `disclosure` before paying.

    `amount` is the lowest price of its options on sale, `stock` all their units. Of others you get only what you can buy; your
    own has `on_sale` as you set it. `removal` is null unless a moderator has removed it, `violation` unless the platform has
    taken it down: then it is off sale, and its pictures are not loaded.
    """

    listing_id: str
    circle_id: str
    seller_id: str
    kind: ListingKind
    title: str
    amount: int
    currency: str
    stock: int
    sold_out: bool
    option_count: int
    cover: PictureResponse | None
    revision: int
    on_sale: bool
    removal: RemovalResponse | None
    violation: TakeDownReason
    created_at: Moment
    disclosure: Disclosure
    protection: ProtectionResponse
    etag: str

    @classmethod
    def of(cls, listing: Listing, addresses: PictureAddresses) -> ListingResponse:
        return cls(**_fields_of(listing, addresses))


class ListingPageResponse(ListingResponse):
    """A listing with its page: description, pictures, options, and the terms of the sale."""

    description: str
    pictures: list[PictureResponse]
    options: list[OptionResponse]
    terms: TermsResponse

    @classmethod
    def of_view(cls, view: PageView, reader_id: str, addresses: PictureAddresses) -> ListingPageResponse:
        """Return what a reader sees. Only the seller sees withdrawn options, and reads a listing that was ended."""
        listing, page = view
        pictures, ids = () if listing.is_hidden else page.pictures, (listing.circle_id, listing.seller_id)
        options = listing.options if reader_id == listing.seller_id else listing.options_on_sale
        return cls(
            **_fields_of(listing, addresses),
            description=page.description,
            pictures=[PictureResponse.of(picture, *ids, addresses, full=True) for picture in pictures],
            options=[OptionResponse.of(option) for option in options],
            terms=TermsResponse.of(listing),
        )


def _fields_of(listing: Listing, addresses: PictureAddresses) -> dict[str, Any]:
    """Return the fields that lists and pages have."""
    en, zh_cn = listing.disclosure
    removal, cover = listing.active_removal, None if listing.is_hidden else listing.cover
    return {
        "listing_id": listing.id,
        "circle_id": listing.circle_id,
        "seller_id": listing.seller_id,
        "kind": listing.kind,
        "title": listing.title,
        "amount": listing.price.amount,
        "currency": listing.price.currency,
        "stock": listing.stock,
        "sold_out": not listing.stock,
        "option_count": len(listing.options_on_sale),
        "cover": PictureResponse.of(cover, listing.circle_id, listing.seller_id, addresses) if cover else None,
        "revision": listing.revision,
        "on_sale": listing.on_sale,
        "removal": RemovalResponse.of(listing.id, removal) if removal else None,
        "violation": ViolationResponse.of(listing.take_downs.violation),
        "created_at": listing.created_at,
        "disclosure": Disclosure(en=en, zh_cn=zh_cn),
        "protection": ProtectionResponse.of(listing.protection),
        "etag": str(listing.revision),
    }
