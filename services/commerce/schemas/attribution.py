"""Opened cards, and what led to an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from services.commerce.domain.attribution import Attribution, OrderTouch, TouchOutcome, Windows, Winner, WinnerKind
from services.commerce.domain.touch import IgnoredReason
from services.commerce.usecases import AttributionView, OpenedCard
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.security.card_tokens import MAX_TOKEN_LENGTH, SourceKind

CardTokenText = Annotated[str, StringConstraints(max_length=MAX_TOKEN_LENGTH, pattern=r"^[A-Za-z0-9_-]+$")]


class TouchesRequest(RequestModel):
    """The cards that the caller opened, by the `attribution` of each, in the order in which they were opened."""

    tokens: Annotated[list[CardTokenText], Field(min_length=1, max_length=10)]


class TouchResponse(ResponseModel):
    """What became of one card. listing_id: null for a token that is forged."""

    listing_id: str | None
    counted: bool
    ignored: IgnoredReason | None


class TouchesResponse(ResponseModel):
    """What became of each card, in the order of the request."""

    touches: list[TouchResponse]

    @classmethod
    def of(cls, opened: Sequence[OpenedCard]) -> TouchesResponse:
        return cls(
            touches=[
                TouchResponse(
                    listing_id=card.token.listing_id if card.token else None, counted=card.ignored is None, ignored=card.ignored
                )
                for card in opened
            ]
        )


class WindowsResponse(ResponseModel):
    """How many hours before the order a card that was opened can have led to it."""

    note_hours: int
    message_hours: int

    @classmethod
    def of(cls, windows: Windows) -> WindowsResponse:
        hours = [int(window.total_seconds()) // 3600 for window in (windows.note, windows.message)]
        return cls(note_hours=hours[0], message_hours=hours[1])


class WinnerResponse(ResponseModel):
    """What led to the purchase of a listing. source_id: the note, the room of the message, or the coupon."""

    source_kind: WinnerKind
    source_id: str | None
    seq: int | None
    user_id: str | None

    @classmethod
    def of(cls, winner: Winner) -> WinnerResponse:
        ids = {"source_id": winner.id or None, "seq": winner.seq or None, "user_id": winner.user_id or None}
        return cls(source_kind=winner.kind, **ids)


class OrderTouchResponse(ResponseModel):
    """A card that the buyer opened. `token` is the signed `attribution` of the card."""

    source_kind: SourceKind
    source_id: str
    seq: int | None
    user_id: str
    source_ended: bool
    shown_at: Moment
    touched_at: Moment
    token: str
    outcome: TouchOutcome

    @classmethod
    def of(cls, each: OrderTouch, outcome: TouchOutcome, ended_notes: frozenset[str]) -> OrderTouchResponse:
        source = each.source
        return cls(
            source_kind=source.kind,
            source_id=source.id,
            seq=source.seq or None,
            user_id=source.author_id,
            source_ended=source.id in ended_notes,
            shown_at=each.touch.token.issued_at,
            touched_at=each.touch.at,
            token=each.touch.token.text,
            outcome=outcome,
        )


class ListingAttributionResponse(ResponseModel):
    """What led to the purchase of one listing of the order. touches: the oldest first."""

    listing_id: str
    winner: WinnerResponse
    touches: list[OrderTouchResponse]

    @classmethod
    def of(cls, attribution: Attribution, listing_id: str, ended_notes: frozenset[str]) -> ListingAttributionResponse:
        winner, outcomes = attribution.decide(listing_id)
        touches = zip(attribution.touches.get(listing_id, ()), outcomes, strict=True)
        shown = [OrderTouchResponse.of(each, outcome, ended_notes) for each, outcome in touches]
        return cls(listing_id=listing_id, winner=WinnerResponse.of(winner), touches=shown)


class AttributionResponse(ResponseModel):
    """What led to an order, computed again from the stored touches.

    `attributed_at` and `windows` are null if nothing is stored: no card of the listings was opened, and no coupon used.
    """

    order_id: str
    placed_at: Moment
    attributed_at: Moment | None
    owner_id: str | None
    windows: WindowsResponse | None
    is_reproduced: bool
    listings: list[ListingAttributionResponse]

    @classmethod
    def of(cls, view: AttributionView) -> AttributionResponse:
        attribution, order = view.attribution, view.order
        return cls(
            order_id=order.id,
            placed_at=order.created_at,
            attributed_at=attribution.attributed_at if attribution else None,
            owner_id=order.owner_id or None,
            windows=WindowsResponse.of(attribution.windows) if attribution else None,
            is_reproduced=attribution.is_reproduced if attribution else True,
            listings=[
                ListingAttributionResponse.of(attribution, listing_id, view.ended_notes) for listing_id in attribution.winners
            ]
            if attribution
            else [],
        )
