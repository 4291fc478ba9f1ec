"""Touches of cards, and the attribution of orders that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from services.commerce.domain import Order
from services.commerce.domain.attribution import Attribution, attribute
from services.commerce.domain.permissions import Action
from services.commerce.domain.touch import IgnoredReason, Touches, find_flaw
from services.commerce.repository import orders, sources
from services.commerce.repository import touches as repository
from services.commerce.repository.circles import require_member
from services.commerce.repository.parties import get_users
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import CardToken, SourceKind, verify_token
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import update


@dataclass(slots=True)
class OpenedCard:
    """One token of a request. token: None if it is forged. ignored: why it is not counted; None once it is."""

    token: CardToken | None
    ignored: IgnoredReason | None


def add_touches(ports: Ports, caller: Caller, circle_id: str, texts: Sequence[str]) -> list[OpenedCard]:
    """Store that the caller opened these cards, and return for each token whether it was counted, or why not.

    Nothing is an error of the request but its rate: an app must not fail because a card is old. A token counts once.

    Cost: 2 write units (one for the slot) and 3.5 read units for a card; one more of each per further listing.
    Raises: CircleNotFound (also for a former member), RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    Slot(ports, caller.user_id, settings().rate("touch")).use()
    opened = [_open(ports, caller.user_id, circle_id, text) for text in texts]
    _ignore_own_content(ports, caller.user_id, opened)
    by_listing: dict[str, list[OpenedCard]] = {}
    for card in opened:
        if card.token and not card.ignored:
            by_listing.setdefault(card.token.listing_id, []).append(card)
    for listing_id, cards in by_listing.items():
        load = partial(repository.load_touches, ports.table, circle_id, caller.user_id, listing_id)
        update(ports, load, partial(_add, ports, cards))
    return opened


def _open(ports: Ports, user_id: str, circle_id: str, text: str) -> OpenedCard:
    token = verify_token(ports.attribution_keys, text)
    flaw = find_flaw(token, circle_id, user_id, ports.clock()) if token else IgnoredReason.FORGED
    return OpenedCard(token, flaw)


def _ignore_own_content(ports: Ports, user_id: str, opened: Sequence[OpenedCard]) -> None:
    """Ignore what the caller wrote, also under another user of the same identity."""
    sound = [(card, card.token.source.author_id) for card in opened if card.token and not card.ignored]
    users = get_users(ports.table, [user_id, *(author for _, author in sound)]) if sound else {}
    for card, author in sound:
        if users[author].has_identity_of(users[user_id]):
            card.ignored = IgnoredReason.OWN_CONTENT


def _add(ports: Ports, cards: Sequence[OpenedCard], touches: Touches) -> Touches:
    """Add the cards of one listing. Each try decides anew which are counted."""
    at = ports.clock()
    for card in cards:
        if card.token:
            card.ignored = touches.find_flaw(card.token, at)
            touches = touches.add(card.token, at=at)
    return touches


def placed_orders(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    """Return the changes that are new orders, one by one."""
    return [[change] for change in changes if orders.ORDERS.is_key(change.key) and change.new and not change.old]


def attribute_order(ports: Ports, changes: Sequence[Change]) -> None:
    """Store what led to a placed order, from the touches that are stored now. A repeat changes nothing.

    An order without touches and without a coupon has no attribution.
    Cost: 1 read unit per listing; with a touch or a coupon 1 write unit, and 0.5 read units for the buyer and for each author.
    """
    for change in changes:
        order = orders.ORDERS.from_item(change.new) if change.new else None
        if order is None:
            continue
        found = repository.find_touches(ports.table, order.buyer_id, list(order.units))
        if found or order.coupon_id:
            users = get_users(ports.table, [order.buyer_id, *_authors(found.values())])
            repository.put_attribution(ports, attribute(order, found, users, ports.clock()))


def _authors(found: Iterable[Touches]) -> list[str]:
    return sorted({touch.token.source.author_id for touches in found for touch in touches.touches})


@dataclass(frozen=True, slots=True)
class AttributionView:
    """The attribution of an order, as its buyer reads it. ended_notes: of what was touched, the notes that are no longer shown.

    attribution: None for an order that no touch and no coupon led to, and for a moment after it was placed.
    """

    order: Order
    attribution: Attribution | None
    ended_notes: frozenset[str]


def get_attribution(ports: Ports, caller: Caller, order_id: str) -> AttributionView:
    """Return what led to an order of the caller: every touch with its outcome, and the winner of each listing.

    The touches say what the buyer read, so no other user reads them.
    Cost: 3 read units for one note that was touched; 0.5 more per further note.
    Raises: OrderNotFound (for every user but the buyer).
    """
    order = orders.get_order(ports.table, caller.user_id, order_id)
    attribution = repository.find_attribution(ports.table, caller.user_id, order_id)
    touched = attribution.touches.values() if attribution else ()
    sources_of_touches = (each.source for touches in touched for each in touches)
    notes = dict.fromkeys(source.id for source in sources_of_touches if source.kind is SourceKind.NOTE)
    return AttributionView(order, attribution, sources.find_ended_notes(ports.table, order.circle_id, list(notes)))
