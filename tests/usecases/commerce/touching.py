"""A shop whose listing is shown by notes and messages, and buyers who open its cards."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import Order
from services.commerce.domain.touch import IgnoredReason
from services.commerce.usecases import AttributionView
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import CardSource, CardToken, SourceKind, reader_of
from simulation.setup.commerce import HAO, LIN
from simulation.streams import handle_changes, new_changes
from simulation.users import RING
from tests.usecases.commerce.coupon_shop import CouponShop

NOTE, ROOM = new_id("note"), new_id("rom")
OF_NOTE = CardSource(SourceKind.NOTE, NOTE, 0, LIN.user_id)
OF_MESSAGE = CardSource(SourceKind.MESSAGE, ROOM, 7, LIN.user_id)


class TouchedShop(CouponShop):
    """Lin writes a note and a message with the listing of Mei; Hao opens their cards."""

    def card(self, source: CardSource = OF_NOTE, reader: Caller = HAO, **other: Any) -> str:
        """Return the token of a card that is shown now."""
        now, ids = self.simulation.clock(), {"circle_id": self.circle_id, "listing_id": self.listing.id, **other}
        token = CardToken(ids["circle_id"], ids["listing_id"], reader_of(reader.user_id), source, now)
        return token.sign(RING).text

    def open(self, *tokens: str, reader: Caller = HAO) -> list[IgnoredReason | None]:
        """Open cards 2 seconds after they were shown, and return why each is ignored."""
        self.simulation.clock.advance(seconds=2)
        opened = commerce.add_touches(self.ports, reader, self.circle_id, tokens)
        return [card.ignored for card in opened]

    def touch(self, source: CardSource = OF_NOTE, reader: Caller = HAO) -> None:
        assert self.open(self.card(source, reader), reader=reader) == [None]

    def attributed(self, order: Order, buyer: Caller = HAO) -> AttributionView:
        """Process the stream, and return what led to an order."""
        handle_changes("commerce", self.ports, new_changes(self.simulation, "commerce"))
        return commerce.get_attribution(self.ports, buyer, order.id)
