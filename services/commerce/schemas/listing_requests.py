"""Requests about listings. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from services.commerce.domain import ListingFields, ListingKind, OptionInput, PageInput, Promise
from services.commerce.domain.money import Money
from services.commerce.settings import settings
from services.shared.http.schemas import PictureId, RequestModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.limits import at_most, list_at_most
from services.shared.kernel.text import Line, Text

Price = Annotated[int, Field(ge=1, le=10**9), at_most(lambda: settings().max_price)]
Stock = Annotated[int, Field(ge=1, le=100_000), at_most(lambda: settings().max_stock)]
OptionStock = Annotated[int, Field(ge=0, le=100_000), at_most(lambda: settings().max_stock)]
OptionName = Annotated[str, Text(40, is_line=True)]
OptionId = Annotated[str, StringConstraints(pattern=r"^o[1-9][0-9]?$")]
ShipsWithin = Annotated[int, Field(ge=1, le=720)]
Description = Annotated[str, Text(5000, lambda: settings().max_description_length, can_be_empty=True)]
Pictures = Annotated[
    list[PictureId],
    Field(
        default_factory=list,
        max_length=9,
        description="Ids of pictures that you uploaded for listings of this circle, in order. No other listing can have them.",
        examples=[[]],
    ),
    list_at_most(lambda: settings().max_pictures),
]
Currency = Literal["CNY"]


class OptionRequest(RequestModel):
    """An option of a listing. `option_id` is null for a new one, which needs `stock`; others get units by restocking."""

    option_id: OptionId | None = None
    name: OptionName
    amount: Price
    stock: OptionStock | None = Field(None, validate_default=True)

    @field_validator("stock")
    @classmethod
    def require_stock(cls, value: int | None, given: ValidationInfo) -> int | None:
        is_new = given.data.get("option_id") is None
        if is_new and value is None:
            raise ValueInvalid("required")
        if not is_new and value is not None:
            raise ValueInvalid("must-be-restocked")
        return value

    def to_input(self, currency: str) -> OptionInput:
        return OptionInput(self.name, Money(self.amount, currency), self.stock or 0, self.option_id or "")


Options = Annotated[
    list[OptionRequest],
    Field(default_factory=list, max_length=20, description="The choices of the product, in order.", examples=[[]]),
]


class ProductFields(RequestModel):
    """The fields of a new and of an updated listing. `amount` is the price per unit; only a listing without options needs it.

    `ships_within_hours` is the promise of shipping, null for that of the kind. Only a `c2c` listing can exclude returns.
    """

    title: Line
    description: Description = ""
    pictures: Pictures
    options: Options
    amount: Price | None = Field(None, validate_default=True)
    currency: Currency
    ships_within_hours: ShipsWithin | None = None
    accepts_returns: bool = True

    @field_validator("pictures")
    @classmethod
    def require_distinct(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("amount")
    @classmethod
    def require_price(cls, value: int | None, given: ValidationInfo) -> int | None:
        return _require_without_options(value, given)

    @property
    def listing_fields(self) -> ListingFields:
        """The values that the use cases of a new and of an updated listing take."""
        ships_within = timedelta(hours=self.ships_within_hours) if self.ships_within_hours else None
        return {
            "title": self.title,
            "price": Money(self.amount, self.currency) if self.amount else None,
            "options": [option.to_input(self.currency) for option in self.options],
            "page": PageInput(self.description, tuple(self.pictures)),
            "promise": Promise(ships_within, self.accepts_returns),
        }


def _require_without_options(value: int | None, given: ValidationInfo) -> int | None:
    if value is None and not given.data.get("options", True):  # absent if they are invalid
        raise ValueInvalid("required")
    return value


class ListingUpdateRequest(ProductFields):
    """The changeable fields of a listing. An option that is left out is withdrawn; units are added by restocking."""

    on_sale: bool = True


class ListingRequest(ProductFields):
    """A new listing. Every member can list `c2c`; the other kinds need a role. `stock` is of a listing without options."""

    kind: ListingKind
    stock: Stock | None = Field(None, validate_default=True)

    @field_validator("stock")
    @classmethod
    def require_stock(cls, value: int | None, given: ValidationInfo) -> int | None:
        return _require_without_options(value, given)


class QuickListingRequest(RequestModel):
    """One product of your own, sold once, as `c2c`. `picture` is one that you uploaded, or null."""

    title: Line
    amount: Price
    currency: Currency = "CNY"
    picture: PictureId | None = None

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class RestockRequest(RequestModel):
    """The units that a seller adds to a listing, or to an option of it. The stock is never set, so no sale is lost."""

    add: Stock
    option_id: OptionId | None = None


class RemovalRequest(RequestModel):
    """The reason for which a moderator removes a listing. Its seller reads it."""

    reason: Line
