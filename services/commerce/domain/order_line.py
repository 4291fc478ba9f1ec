"""The lines of an order: units of one option of one listing each, at the price that the buyer agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from services.commerce.domain.listing import Listing
from services.commerce.domain.money import Money
from services.commerce.domain.terms import ListingKind

MAX_LINES = 20  # of an order, and of a checkout: its transaction has at most 20 orders and 20 listings
Units = Mapping[str, int]  # the number of units by option; the option of a listing without options is empty


@dataclass(frozen=True, slots=True)
class LineRequest:
    """What a buyer wants of a listing. revision: of the listing, as the buyer read it."""

    listing_id: str
    revision: int
    quantity: int
    option_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Units of a listing in an order, as the buyer agreed to them. Later changes of the listing do not affect them.

    returning: the units of the open returns. returned: those that the seller has received back.
    """

    listing_id: str
    option_id: str
    kind: ListingKind
    title: str
    option_name: str
    quantity: int
    unit_price: Money
    accepts_returns: bool = True
    returning: int = 0
    returned: int = 0

    @classmethod
    def of(cls, listing: Listing, quantity: int, option_id: str = "") -> Self:
        """Return a line at the current price. Raises: OptionNotFound."""
        option = listing.get_option(option_id)
        return cls(
            listing.id, option.id, listing.kind, listing.title, option.name, quantity, option.price, listing.accepts_returns
        )

    @property
    def total(self) -> Money:
        return self.unit_price.times(self.quantity)


def units_of(lines: Iterable[OrderLine]) -> dict[str, dict[str, int]]:
    """Return the units of the lines by listing and option."""
    units: dict[str, dict[str, int]] = {}
    for line in lines:
        of_listing = units.setdefault(line.listing_id, {})
        of_listing[line.option_id] = of_listing.get(line.option_id, 0) + line.quantity
    return units
