"""A market in which members buy, receive, show, return and are refunded. Commerce and circles each have their own state."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.circles.domain import Note
from services.circles.domain.show import Receipt
from services.circles.repository.receipts import RECEIPTS, receipt_key
from services.circles.usecases.notes import NoteView
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from services.commerce.domain.product_return import ReturnLine, ReturnReason
from services.commerce.domain.shipment import Parcel
from services.commerce.repository.orders import get_order
from services.commerce.usecases.money import WebhookEvent
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import Event, ReceiptChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned
from simulation.setup.commerce import ADDRESS
from simulation.streams import all_changes, deliver, published_events
from simulation.users import new_key
from tests.usecases.cross_service.market import HAO, LIN, MEI, YAN, Market

__all__ = ["HAO", "LIN", "MEI", "YAN", "ShowMarket"]
PARCEL = Parcel("顺丰速运", "SF1234567890")


class ShowMarket(Market):
    """Mei sells two products; Hao buys both in one order unless a test says otherwise."""

    def __init__(self, kind: ListingKind = ListingKind.MERCHANT) -> None:
        super().__init__(kind)
        self.second = self.create_listing("三脚架", 6_000, kind)
        self.address_ids: dict[str, str] = {}
        self.publish()

    def create_listing(self, title: str, amount: int, kind: ListingKind, seller: Caller = MEI) -> Listing:
        ports, key, price = self.simulation.commerce, new_key(seller, now=self.simulation.clock.now), Money(amount, "CNY")
        return commerce.create_listing(ports, seller, self.circle_id, key, kind=kind, stock=9, title=title, price=price)

    def buy(self, *listings: Listing, buyer: Caller = HAO) -> Order:
        """Place and pay an order of one unit of each listing."""
        ports, bought = self.simulation.commerce, listings or (self.listing, self.second)
        lines = [LineRequest(one.id, one.revision, 1) for one in bought]
        (order,) = commerce.check_out(
            ports, buyer, self.circle_id, self.key(buyer), lines=lines, address_id=self.address_of(buyer)
        )
        self.webhook(order, "payment.captured", order.total.amount, captured_at=self.simulation.clock())
        return self.current(order)

    def address_of(self, buyer: Caller) -> str:
        if buyer.user_id not in self.address_ids:
            book_id, *_ = commerce.create_address(self.simulation.commerce, buyer, self.key(buyer), ADDRESS)
            self.address_ids[buyer.user_id] = book_id
        return self.address_ids[buyer.user_id]

    def ship(self, order: Order) -> Order:
        return commerce.ship_order(self.simulation.commerce, MEI, order.id, PARCEL)

    def receive(self, order: Order, buyer: Caller = HAO) -> Order:
        self.ship(order)
        return commerce.confirm_receipt(self.simulation.commerce, buyer, order.id)

    def received(self, *listings: Listing, buyer: Caller = HAO) -> Order:
        """Buy and receive, and publish it."""
        order = self.receive(self.buy(*listings, buyer=buyer), buyer)
        self.publish()
        return order

    def return_units(self, order: Order, listing: Listing, buyer: Caller = HAO) -> None:
        """Return the unit of a listing, up to its receipt by the seller."""
        lines, ports = [ReturnLine(listing.id, "", 1)], self.simulation.commerce
        about: dict[str, Any] = {"lines": lines, "reason": ReturnReason.DAMAGED, "text": "镜片有划痕。"}
        one = commerce.request_return(ports, buyer, order.id, self.key(buyer), **about)
        commerce.decide_return(ports, MEI, one.id, True, "请寄回。")
        commerce.send_return(ports, buyer, one.id, PARCEL)
        commerce.receive_return(ports, MEI, one.id)

    def refund(self, order: Order, amount: int, number: int = 1) -> None:
        """Let the provider report a refund."""
        self.webhook(order, "refund.succeeded", amount, refund_id=f"ref_{number}")

    def charge_back(self, order: Order, kind: str = "opened", amount: int | None = None) -> None:
        self.webhook(order, f"chargeback.{kind}", amount or order.total.amount, chargeback_id="cbk_1")

    def webhook(self, order: Order, kind: str, amount: int, **more: Any) -> None:
        reference = f"{order.buyer_id}/{order.id}"
        payment_id = self.simulation.payments.start_one(reference, order.total).id
        event = WebhookEvent(kind, payment_id, reference, Money(amount, "CNY"), **more)
        commerce.handle_webhook_event(self.simulation.commerce, event)

    def key(self, by: Caller) -> Any:
        self.simulation.clock.advance(milliseconds=1)
        return new_key(by, now=self.simulation.clock.now)

    def current(self, order: Order) -> Order:
        return get_order(self.simulation.commerce_table, order.buyer_id, order.id)

    def show(
        self, order: Order, listing: Listing | None = None, author: Caller = HAO, key: Any = None, option: str = ""
    ) -> Note:
        """Post a show of a line of an order."""
        shown = circles.ShowInput(order.id, (listing or self.listing).id, option)
        content = circles.NoteInput("到手了, 很清楚", show=shown)
        return circles.post_note(self.simulation.circles, author, self.circle_id, key or self.key(author), content).note

    def note(self, note: Note, reader: Caller = YAN) -> Note:
        return circles.get_note(self.simulation.circles, reader, self.circle_id, note.id).note

    def has_badge(self, note: Note) -> bool:
        return self.note(note).show is not None

    def shows(self, listing: Listing | None = None, reader: Caller = YAN, limit: int = 20) -> Page[NoteView]:
        page, listing_id = PageRequest(limit), (listing or self.listing).id
        return circles.list_shows(self.simulation.circles, reader, self.circle_id, listing_id, page)

    def shown_ids(self, listing: Listing | None = None, reader: Caller = YAN) -> list[str]:
        return [view.note.id for view in self.shows(listing, reader).items]

    def receipt(self, order: Order) -> Receipt | None:
        key = receipt_key(self.circle_id, order.buyer_id, order.id)
        return RECEIPTS.find(self.simulation.circles_table, key, consistent_read=True)

    def loaded_receipt(self, order: Order) -> Versioned[Receipt]:
        return RECEIPTS.load(self.simulation.circles_table, receipt_key(self.circle_id, order.buyer_id, order.id))

    def receipt_events(self) -> list[Event]:
        """Return the events of receipts that commerce has published so far."""
        events = published_events("commerce", all_changes(self.simulation, "commerce"))
        return [event for event in events if isinstance(event, ReceiptChanged)]

    def deliver(self, event: Event) -> None:
        deliver(self.simulation, "circles", event)
