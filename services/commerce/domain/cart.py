"""The cart of a buyer in a circle: what the buyer wants, without prices. What it costs is decided whenever it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.commerce.domain.listing import Listing
from services.commerce.domain.option import Option
from services.shared.kernel.clock import next_version

LIFETIME = timedelta(days=90)  # since the last change


@dataclass(frozen=True, slots=True)
class CartLine:
    """Units of a listing that a buyer wants."""

    listing_id: str
    option_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Cart:
    """The lines that a buyer wants to order in one circle: 0 to 20. version: 0 for a cart that was never saved."""

    circle_id: str
    buyer_id: str
    lines: tuple[CartLine, ...] = ()
    version: int = 0
    expires_at: datetime | None = None

    def replace_lines(self, lines: tuple[CartLine, ...], *, at: datetime) -> Cart:
        return replace(self, lines=lines, version=next_version(self.version, at), expires_at=at + LIFETIME)


class CartLineState(StrEnum):
    """Whether a line can be ordered now.

    ended: the listing or the option does not exist, or its sale has ended for this buyer. own: the buyer sells it.
    paused: nothing is sold now. sold_out: fewer units are left.
    """

    OPEN = "open"
    ENDED = "ended"
    OWN = "own"
    PAUSED = "paused"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of a cart as it is now. listing, option: None if the sale has ended."""

    line: CartLine
    state: CartLineState
    listing: Listing | None = None
    option: Option | None = None
