"""A circle with one listing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.address import Address
from services.commerce.domain.money import Money
from services.commerce.repository.addresses import get_address_book
from services.commerce.repository.balances import sum_balances
from services.commerce.repository.listings import LISTINGS, listing_key
from services.commerce.repository.orders import get_order
from services.commerce.schemas.listings import ListingResponse
from services.commerce.usecases.money import WebhookEvent
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    AccountVerified,
    AccountVerifiedData,
    CircleActivated,
    CircleData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, filter_changes, handle_changes, new_changes
from simulation.users import caller, new_key

SELLER_ROLE = {ListingKind.PICK: "buyer", ListingKind.OWN: "co_owner"}  # of Mei, where a moderator cannot list the kind
LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def end_of(order: Order) -> datetime:
    """Return the end of the reservation of a new order."""
    assert order.due_at
    return order.due_at


ADDRESS = Address("陈岚", "138 0000 5678", "浙江省", "杭州市", "西湖区", "文三路 100 号 2 单元 301")


def shown_listing(simulation: Simulation, listing: Listing) -> ListingResponse:
    """Return a listing as lists have it."""
    return ListingResponse.of(listing, commerce.picture_addresses(simulation.commerce))


class Shop:
    """Lin owns the circle; Mei sells; Hao buys. Orders have an address of their buyer."""

    def __init__(
        self, kind: ListingKind = ListingKind.C2C, stock: int = 1, amount: int = 12_900, simulation: Simulation | None = None
    ) -> None:
        self.simulation = simulation or Simulation()
        self.circle_id = new_id("cir")
        self.address_keys: dict[str, IdempotencyKey] = {}
        self.set_member(LIN, role="owner")
        self.set_member(MEI, role=SELLER_ROLE.get(kind, "moderator"))
        self.set_member(HAO)
        state = CircleData(circle_id=self.circle_id, name="观鸟", owner_id=LIN.user_id, state="active")
        deliver(self.simulation, "commerce", CircleActivated(**envelope(self.simulation, self.circle_id), data=state))
        self.address_of(HAO)
        key = self.new_key(MEI)
        self.listing = commerce.create_listing(
            self.ports, MEI, self.circle_id, key, kind=kind, title="望远镜", price=Money(amount, "CNY"), stock=stock
        )

    @property
    def ports(self) -> commerce.Ports:
        return self.simulation.commerce

    def new_key(self, caller: Caller) -> IdempotencyKey:
        self.simulation.clock.advance(milliseconds=1)
        return new_key(caller, now=self.simulation.clock.now)

    def shown(self, listing: Listing) -> ListingResponse:
        """Return a listing as lists have it."""
        return shown_listing(self.simulation, listing)

    def set_member(self, caller: Caller, state: str = "member", role: str = "member") -> None:
        """Publish a membership to commerce."""
        self.simulation.clock.advance(milliseconds=1)
        data = MembershipChangedData.model_validate(
            {"circle_id": self.circle_id, "user_id": caller.user_id, "role": role, "state": state}
        )
        about = envelope(self.simulation, f"{self.circle_id}/{caller.user_id}")
        deliver(self.simulation, "commerce", MembershipChanged(**about, data=data))

    def set_identity(self, caller: Caller, identity_id: str, adult_on: date | None = None) -> None:
        """Publish to commerce that a user was verified under an identity, that of a minor until `adult_on`."""
        data = AccountVerifiedData(user_id=caller.user_id, identity_id=identity_id, adult_on=adult_on)
        deliver(self.simulation, "commerce", AccountVerified(**envelope(self.simulation, caller.user_id), data=data))

    def set_account_status(self, caller: Caller, level: str, version: int | None = None, **status: Any) -> None:
        """Publish an account status to commerce: by default the newest one, in force until it is lifted."""
        self.simulation.clock.advance(milliseconds=1)
        data = AccountStatusChangedData.model_validate(
            {"user_id": caller.user_id, "level": level, "until": None, "valid_after": 0, **status}
        )
        about = envelope(self.simulation, caller.user_id, version)
        deliver(self.simulation, "commerce", AccountStatusChanged(**about, data=data))

    def address_of(self, caller: Caller) -> str:
        """Return the id of the first address of a user, who gets one if there is none."""
        book = get_address_book(self.simulation.commerce_table, caller.user_id)
        if book.entries:
            return book.entries[-1].id
        key = self.address_keys.setdefault(caller.user_id, self.new_key(caller))
        return commerce.create_address(self.ports, caller, key, ADDRESS)[0]

    def order(
        self,
        caller: Caller = HAO,
        quantity: int = 1,
        key: IdempotencyKey | None = None,
        revision: int | None = None,
        address_id: str | None = None,
        coupon_id: str = "",
    ) -> Order:
        return commerce.place_order(
            self.ports,
            caller,
            self.circle_id,
            key or self.new_key(caller),
            listing_id=self.listing.id,
            revision=revision or self.listing.revision,
            quantity=quantity,
            address_id=self.address_of(caller) if address_id is None else address_id,
            coupon_id=coupon_id,
        )

    def pay(self, order: Order, captured_at: datetime | None = None) -> Order:
        """Receive the webhook event that the payment of this order was captured: now, if it does not say when."""
        changed = self.receive(order, captured_at=captured_at or self.simulation.clock())
        assert changed is not None
        return changed

    def refund(self, order: Order, amount: int | None = None, number: int = 1, **more: Any) -> Order:
        """Receive the webhook event that the payment of this order was refunded, in full by default.

        The refund was made at the provider, unless `more` has the reference of a request.
        """
        changed = self.receive(order, "refund.succeeded", amount, refund_id=f"ref_{number}", **more)
        assert changed is not None
        return changed

    def receive(
        self,
        order: Order,
        kind: str = "payment.captured",
        amount: int | None = None,
        *,
        payment_id: str = "",
        currency: str = "CNY",
        **more: Any,
    ) -> Order | None:
        """Receive a webhook event of the payment that was started for this order, or of another payment of it."""
        reference = f"{order.buyer_id}/{order.id}"
        payment_id = payment_id or self.simulation.payments.start_one(reference, order.total).id
        money = Money(order.total.amount if amount is None else amount, currency)
        return commerce.handle_webhook_event(self.ports, WebhookEvent(kind, payment_id, reference, money, **more))

    def current_order(self, order: Order) -> Order:
        return get_order(self.simulation.commerce_table, order.buyer_id, order.id)

    def current_listing(self) -> Listing:
        key = listing_key(self.circle_id, self.listing.id)
        return LISTINGS.get(self.simulation.commerce_table, key, consistent_read=True)

    def update_listing(self, amount: int = 12_900, on_sale: bool = True, request: ChangeRequest | None = None) -> Listing:
        """Let Mei change her listing, as it is now or under the ETag of `request`."""
        self.simulation.clock.advance(milliseconds=1)
        request = request or change(self.current_listing().revision)
        new = {"title": "望远镜", "price": Money(amount, "CNY"), "on_sale": on_sale}
        return commerce.update_listing(self.ports, MEI, self.circle_id, self.listing.id, request, **new)  # type: ignore[arg-type]

    def new_ledger_changes(self) -> list[Change]:
        """Return the changes of the ledger that the stream brought since the last call."""
        return filter_changes("commerce", new_changes(self.simulation, "commerce"))

    def update_balances(self) -> None:
        """Run the stream handler twice over the new changes."""
        changes = self.new_ledger_changes()
        for _ in range(2):
            handle_changes("commerce", self.ports, changes)

    def balances(self) -> dict[str, int]:
        self.update_balances()
        balances = sum_balances(self.simulation.memory("commerce").all_items())
        return {name.rpartition("#")[0]: balance for name, balance in balances.items()}
