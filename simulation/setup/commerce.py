"""A circle with something on sale, over a table in memory."""

from __future__ import annotations

from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Listing, Order
from services.commerce.domain.money import Money
from services.commerce.repository.ledger import LEDGER
from services.commerce.repository.listings import find_listing
from services.commerce.usecases.payments import Notice
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    CircleActivated,
    CircleData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Key
from simulation.memory import MemoryTable
from simulation.setup.common import envelope
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


class Shop:
    """Lin owns the circle; Mei sells; Hao buys."""

    def __init__(self, kind: Kind = Kind.C2C, stock: int = 1, amount: int = 12_900, world: World | None = None) -> None:
        self.world = world or World()
        self.circle_id = new_id("cir")
        self.hear(LIN, role="owner")
        self.hear(MEI, role="moderator")
        self.hear(HAO)
        state = CircleData(circle_id=self.circle_id, name="观鸟", owner_id=LIN.user_id, state="active")
        commerce.keep_owner(self.ports, CircleActivated(**envelope(self.world, self.circle_id), data=state))
        self.seen = 0
        key = self.key(MEI)
        self.listing = commerce.create_listing(
            self.ports, MEI, self.circle_id, key, kind=kind, title="望远镜", price=Money(amount, "CNY"), stock=stock
        )

    @property
    def ports(self) -> commerce.Ports:
        return self.world.commerce

    def key(self, caller: Caller):  # type: ignore[no-untyped-def]
        self.world.clock.advance(milliseconds=1)
        return wish(caller, now=self.world.clock.now)

    def hear(self, caller: Caller, state: str = "member", role: str = "member") -> None:
        """Commerce hears of somebody's membership."""
        self.world.clock.advance(milliseconds=1)
        data = MembershipChangedData.model_validate(
            {"circle_id": self.circle_id, "user_id": caller.user_id, "role": role, "state": state}
        )
        about = envelope(self.world, f"{self.circle_id}/{caller.user_id}")
        commerce.keep_participant(self.ports, MembershipChanged(**about, data=data))

    def order(self, caller: Caller = HAO, quantity: int = 1, key=None, revision: int | None = None) -> Order:  # type: ignore[no-untyped-def]
        return commerce.place_order(
            self.ports,
            caller,
            self.circle_id,
            key or self.key(caller),
            listing_id=self.listing.id,
            revision=revision or self.listing.revision,
            quantity=quantity,
        )

    def paid(self, order: Order, kind: str = "payment.captured", amount: int | None = None) -> Order:
        """The provider tells that this order was paid (or refunded)."""
        reference = f"{order.buyer}/{order.id}"
        payment = self.world.payments.start(reference, order.total)
        money = Money(order.total.amount if amount is None else amount, "CNY")
        return commerce.handle_webhook_event(self.ports, Notice(kind, payment.id, reference, money))

    def now(self) -> Listing:
        return find_listing(self.world.commerce_table, self.circle_id, self.listing.id, consistent_read=True)

    def fresh(self) -> list[Change]:
        """What the stream brings commerce since this was last asked."""
        table = self.world.commerce_table
        assert isinstance(table, MemoryTable)
        fresh = table.stream[self.seen :]
        self.seen = len(table.stream)
        changes = [
            Change(f"{self.seen - len(fresh) + number:020}", Key.of(new or old or {}), old, new)
            for number, (old, new) in enumerate(fresh)
        ]
        return [change for change in changes if change.key.sk.startswith(("ENTRY#", "ORDER#"))]

    def drain(self) -> None:
        """Let the stream be taken, every record twice."""
        wanted = self.fresh()
        for _ in range(2):
            if wanted:
                commerce.handle_changes(self.ports, wanted)

    def balances(self) -> dict[str, int]:
        self.drain()
        table = self.world.commerce_table
        assert isinstance(table, MemoryTable)
        return {item["sk"].rpartition("#")[0]: item["balance"] for item in table.all_items() if item["pk"] == LEDGER}
