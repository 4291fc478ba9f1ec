"""A circle with a listing that a note and a message show, and what ends or pauses its sale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound, ListingNotOnSale
from services.commerce.repository.listings import LISTINGS, listing_key
from services.shared.kernel.errors import DomainError, NotFound
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData, Event
from services.shared.security.auth import Caller
from simulation.setup.circles import join_circle, open_circle, set_role
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver, new_changes, published_events, subscribers_of
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")  # owner, seller, reader, moderator
PUBLISHERS = ("circles", "commerce")


class Market:
    """A circle in which Mei sells; its note and its message show the listing. Events reach all services."""

    def __init__(self, kind: ListingKind = ListingKind.C2C) -> None:
        self.simulation = Simulation()
        self.circle_id = open_circle(self.simulation, LIN)
        self.room_id = derive_id("rom", self.circle_id)
        for member in (MEI, HAO, YAN):
            join_circle(self.simulation, member, LIN, self.circle_id)
        for member in (MEI, YAN):
            set_role(self.simulation, LIN, self.circle_id, member.user_id, Role.MODERATOR)
        self.publish()
        self.listing = commerce.create_listing(
            self.simulation.commerce,
            MEI,
            self.circle_id,
            new_key(MEI),
            kind=kind,
            title="望远镜",
            price=Money(12_900, "CNY"),
            stock=5,
        )
        self.publish()
        note = circles.NoteInput("看看这个", listing_ids=(self.listing.id,))
        self.note_id = circles.post_note(self.simulation.circles, LIN, self.circle_id, new_key(LIN), note).note.id
        self.send("card-0000")

    def publish(self) -> list[Event]:
        """Deliver the new events to their subscribers, each twice."""
        events = [event for name in PUBLISHERS for event in published_events(name, new_changes(self.simulation, name))]
        for event in [*events, *events]:
            for service, _ in subscribers_of(event):
                deliver(self.simulation, service, event)
        self.simulation.clock.advance(seconds=2)
        return events

    def set_account_status(self, user: Any, level: str, until: Any = None) -> None:
        data = AccountStatusChangedData.model_validate(
            {"user_id": user.user_id, "level": level, "until": until, "valid_after": 0}
        )
        event = AccountStatusChanged(**envelope(self.simulation, user.user_id), data=data)
        for service, _ in subscribers_of(event):
            deliver(self.simulation, service, event)
        self.publish()

    def send(self, client_msg_id: str, sender: Any = YAN) -> Any:
        message = MessageRequest(client_msg_id, 0, "看看", self.listing.id)
        return chat.send_message(self.simulation.chat, sender, self.circle_id, self.room_id, message)

    def order(self, buyer: Caller = HAO) -> Order:
        ports, listing = self.simulation.commerce, self.stored()
        key = new_key(buyer)
        return commerce.place_order(
            ports, buyer, self.circle_id, key, listing_id=listing.id, revision=listing.revision, quantity=1
        )

    def stored(self) -> Listing:
        key = listing_key(self.circle_id, self.listing.id)
        return LISTINGS.get(self.simulation.commerce_table, key, consistent_read=True)

    def shown(self, reader: Any = HAO) -> dict[str, bool]:
        """Return where a reader sees the listing, or its card on sale."""
        ports, here, page = self.simulation, self.circle_id, PageRequest(20)
        listed = commerce.list_listings(ports.commerce, reader, here, page).items
        messages, _ = chat.list_messages(ports.chat, reader, here, self.room_id, 0, 20)
        notes = circles.list_notes(ports.circles, reader, here, page).items
        note = circles.get_note(ports.circles, reader, here, self.note_id)
        return {
            "list": bool(listed),
            "detail": is_found(lambda: commerce.get_listing(ports.commerce, reader, here, self.listing.id)),
            "feed": any(card.on_sale for view in notes for card in view.cards),
            "note": any(card.on_sale for card in note.cards),
            "history": any(entry.card.on_sale for entry in messages if entry.card),
        }


def is_found(call: Callable[[], Any]) -> bool:
    try:
        call()
    except NotFound:
        return False
    return True


def sanction(kind: SanctionKind, days: int = 0) -> Callable[[Market], Any]:
    def impose(market: Market) -> None:
        until = market.simulation.clock() + timedelta(days=days) if days else None
        circles.impose_member_sanction(
            market.simulation.circles, LIN, market.circle_id, MEI.user_id, kind, reason="刷屏", until=until
        )

    return impose


def status(user: Any, level: str) -> Callable[[Market], Any]:
    return lambda market: market.set_account_status(user, level)


def demote(market: Market) -> None:
    set_role(market.simulation, LIN, market.circle_id, MEI.user_id, Role.MEMBER)


def withdraw(market: Market) -> None:
    commerce.withdraw_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id)


def remove(market: Market, by: Any = YAN) -> None:
    commerce.remove_listing(market.simulation.commerce, by, market.circle_id, market.listing.id, "假货")


ENDINGS: dict[str, tuple[Callable[[Market], Any], type[DomainError]]] = {
    "the seller left": (
        lambda market: circles.leave_circle(market.simulation.circles, MEI, market.circle_id, gives_up_role=True),
        ListingNotFound,
    ),
    "the seller was kicked": (sanction(SanctionKind.KICK), ListingNotFound),
    "the seller was banned": (sanction(SanctionKind.BAN), ListingNotFound),
    "the seller is restricted": (status(MEI, "restricted"), ListingNotOnSale),
    "the seller is suspended": (status(MEI, "suspended"), ListingNotOnSale),
    "the seller is banned from the platform": (status(MEI, "banned"), ListingNotOnSale),
    "the owner is restricted": (status(LIN, "restricted"), ListingNotOnSale),
    "the owner is suspended": (status(LIN, "suspended"), ListingNotOnSale),
    "the seller withdrew it": (withdraw, ListingNotFound),
    "a moderator removed it": (remove, ListingNotFound),
    "the seller no longer runs the shop": (demote, ListingNotFound),
    "the reader has blocked the seller": (
        lambda market: circles.block_user(market.simulation.circles, HAO, MEI.user_id),
        ListingNotFound,
    ),
    "the circle is closing": (
        lambda market: circles.close_circle(market.simulation.circles, LIN, market.circle_id, timedelta(days=30)),
        ListingNotOnSale,
    ),
}
