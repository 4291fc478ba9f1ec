"""The attribution of an order: which touch, or which coupon, led to the purchase of each listing, and why.

It pays no money: the circle's owner at the time of the order earns, as `owner_share` of the order says, on one level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.commerce.domain.order_record import OrderRecord
from services.commerce.domain.party import Party
from services.commerce.domain.touch import Touch, Touches
from services.commerce.settings import settings
from services.shared.security.card_tokens import CardSource, SourceKind


class TouchOutcome(StrEnum):
    """What became of a touch in the attribution of an order."""

    WON = "won"
    EARLIER = "earlier"  # a later touch won
    COUPON_WON = "coupon_won"
    AFTER_ORDER = "after_order"
    OUTSIDE_WINDOW = "outside_window"
    OWN_CONTENT = "own_content"  # also of another user of the buyer's identity


class WinnerKind(StrEnum):
    NOTE = "note"
    MESSAGE = "message"
    COUPON = "coupon"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Windows:
    """How long before an order a touch can have led to it: the rule that an attribution was made by."""

    note: timedelta
    message: timedelta

    @classmethod
    def in_force(cls) -> Self:
        return cls(settings().note_attribution_window, settings().message_attribution_window)

    def of(self, kind: SourceKind) -> timedelta:
        return self.note if kind is SourceKind.NOTE else self.message


@dataclass(frozen=True, slots=True)
class OrderTouch:
    """A touch as an order found it. is_own: whether the buyer wrote the source, as known when the order was attributed."""

    touch: Touch
    is_own: bool

    @property
    def source(self) -> CardSource:
        return self.touch.token.source


@dataclass(frozen=True, slots=True)
class Winner:
    """What led to the purchase of a listing.

    id: the note, the room of the message, or the coupon. seq: of a message, otherwise 0. user_id: who wrote it, or issued the
    coupon. All are empty if nothing did.
    """

    kind: WinnerKind
    id: str = ""
    seq: int = 0
    user_id: str = ""

    @classmethod
    def of(cls, source: CardSource) -> Self:
        return cls(WinnerKind(source.kind), source.id, source.seq, source.author_id)


NO_WINNER = Winner(WinnerKind.NONE)


@dataclass(frozen=True, slots=True)
class Attribution:
    """The attribution of an order. It is written once.

    touches: those that were stored for each listing of the order. winners: what was decided from them then.
    coupon_id: empty without a coupon. owner_id: of the circle when the order was placed.
    """

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    coupon_id: str
    placed_at: datetime
    windows: Windows
    touches: Mapping[str, tuple[OrderTouch, ...]]
    winners: Mapping[str, Winner]
    attributed_at: datetime

    @property
    def is_reproduced(self) -> bool:
        """Whether the stored touches lead to the stored winners."""
        return all(self.decide(listing_id)[0] == winner for listing_id, winner in self.winners.items())

    def decide(self, listing_id: str) -> tuple[Winner, tuple[TouchOutcome, ...]]:
        """Return what led to the purchase of a listing, and the outcome of each touch.

        The coupon of the order wins over every link; otherwise the last touch within the window of its kind.
        """
        touches = self.touches.get(listing_id, ())
        outcomes = [self._find_flaw(each) for each in touches]
        possible = [number for number, outcome in enumerate(outcomes) if outcome is None]
        if self.coupon_id:
            winner, lost = Winner(WinnerKind.COUPON, self.coupon_id, 0, self.seller_id), TouchOutcome.COUPON_WON
        else:
            last = max(possible, key=lambda number: (touches[number].touch.at, number), default=None)
            winner, lost = NO_WINNER if last is None else Winner.of(touches[last].source), TouchOutcome.EARLIER
            if last is not None:
                outcomes[last] = TouchOutcome.WON
        return winner, tuple(outcome or lost for outcome in outcomes)

    def _find_flaw(self, each: OrderTouch) -> TouchOutcome | None:
        """Return why a touch cannot have led to the order; None if it can have."""
        age = self.placed_at - each.touch.at
        if age < timedelta(0):
            return TouchOutcome.AFTER_ORDER
        if age >= self.windows.of(each.source.kind):
            return TouchOutcome.OUTSIDE_WINDOW
        return TouchOutcome.OWN_CONTENT if each.is_own else None


def attribute(order: OrderRecord, found: Mapping[str, Touches], users: Mapping[str, Party], at: datetime) -> Attribution:
    """Return the attribution of a placed order.

    found: the buyer's touches by listing. users: the buyer and the authors of what was touched.
    """
    buyer = users[order.buyer_id]
    touches = {
        listing_id: tuple(
            OrderTouch(touch, users[touch.token.source.author_id].has_identity_of(buyer)) for touch in found[listing_id].touches
        )
        for listing_id in order.units
        if listing_id in found
    }
    fixed = (order.id, order.circle_id, order.buyer_id, order.seller_id, order.owner_id, order.coupon_id, order.created_at)
    undecided = Attribution(*fixed, Windows.in_force(), touches, {}, at)
    winners = {listing_id: undecided.decide(listing_id)[0] for listing_id in order.units}
    return replace(undecided, winners=winners)
