"""Carts: what a buyer wants, without prices, and what it costs now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from services.commerce.domain import ListingKind
from services.commerce.domain.cart import Cart, CartLine, CartLineState, PricedLine
from services.commerce.domain.order_line import MAX_LINES
from services.commerce.schemas.orders import Quantity
from services.shared.http.schemas import ListingId, OptionId, RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid


class CartLineRequest(RequestModel):
    """Units of a listing, or of one option of it, that the buyer wants."""

    listing_id: ListingId
    option_id: OptionId = ""
    quantity: Quantity

    def to_line(self) -> CartLine:
        return CartLine(self.listing_id, self.option_id, self.quantity)


def require_distinct_lines(lines: list[CartLineRequest]) -> list[CartLineRequest]:
    if len({(line.listing_id, line.option_id) for line in lines}) < len(lines):
        raise ValueInvalid("must-be-once")
    return lines


class CartRequest(RequestModel):
    """The lines of a cart, each option of a listing once. They replace the stored ones."""

    lines: Annotated[list[CartLineRequest], Field(max_length=MAX_LINES), AfterValidator(require_distinct_lines)]


class CartProductResponse(ResponseModel):
    """The listing of a line as it is now. `revision` is what a checkout names."""

    seller_id: str
    kind: ListingKind
    title: str
    option_name: str
    unit_amount: int
    currency: str
    revision: int


class CartLineResponse(ResponseModel):
    """A line of a cart. `product` is null if the sale has ended."""

    listing_id: str
    option_id: str
    quantity: int
    state: CartLineState
    product: CartProductResponse | None

    @classmethod
    def of(cls, priced: PricedLine) -> CartLineResponse:
        line, listing, option = priced.line, priced.listing, priced.option
        product = None
        if listing and option:
            product = CartProductResponse(
                seller_id=listing.seller_id,
                kind=listing.kind,
                title=listing.title,
                option_name=option.name,
                unit_amount=option.price.amount,
                currency=option.price.currency,
                revision=listing.revision,
            )
        return cls(
            listing_id=line.listing_id, option_id=line.option_id, quantity=line.quantity, state=priced.state, product=product
        )


class CartResponse(ResponseModel):
    """A cart at the prices of now. `total_amount` is of the lines that can be ordered."""

    circle_id: str
    lines: list[CartLineResponse]
    total_amount: int
    etag: str

    @classmethod
    def of(cls, cart: Cart, lines: Sequence[PricedLine]) -> CartResponse:
        is_open = [priced for priced in lines if priced.option and priced.state is CartLineState.OPEN]
        total = sum(priced.option.price.times(priced.line.quantity).amount for priced in is_open if priced.option)
        return cls(
            circle_id=cart.circle_id, lines=list(map(CartLineResponse.of, lines)), total_amount=total, etag=str(cart.version)
        )
