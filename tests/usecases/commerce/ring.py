"""A circle in which Mei sells with a commission for Lin, and five accounts that buy from her with one payer."""

from __future__ import annotations

from collections.abc import Iterable

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.suspicion import SuspicionState
from services.commerce.domain.trade_group import TradeGroup
from services.commerce.repository import trades
from services.review import usecases as review
from services.review.domain import Case, CaseOutcome
from services.review.repository import cases
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import Event
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.setup.applications import enrol_reviewer
from simulation.setup.commerce import MEI, Shop
from simulation.simulation import Simulation
from simulation.streams import deliver, filter_changes, handle_changes, new_changes, published_events, subscribers_of
from simulation.users import caller

RING = [caller(f"ring-{number}") for number in range(5)]
PURCHASES = 2  # of each
AMOUNT, COMMISSION = 10_000, 300
QIN = "qin"


class RingShop(Shop):
    """The accounts of the ring are members; every stream and event is delivered twice."""

    def __init__(self, simulation: Simulation | None = None) -> None:
        super().__init__(ListingKind.MERCHANT, 100, AMOUNT, simulation)
        for user in RING:
            self.set_member(user)
        self.events: list[Event] = []

    def buy(self, buyer: Caller, payer: str) -> Order:
        order = self.order(buyer)
        paid = self.receive(order, captured_at=self.simulation.clock(), payer=payer)
        assert paid
        self.flow()
        return paid

    def buy_in_turns(self, payer: str = "one payer", buyers: Iterable[Caller] = RING) -> list[Order]:
        return [self.buy(buyer, payer) for _ in range(PURCHASES) for buyer in buyers]

    def receive_orders(self, orders: Iterable[Order]) -> None:
        """Ship the orders, and let their buyers confirm receipt."""
        for order in orders:
            commerce.ship_order(self.ports, MEI, order.id)
            commerce.confirm_receipt(self.ports, caller_of(order), order.id)
        self.flow()

    def flow(self) -> list[Event]:
        """Run the streams and deliver the events, each twice, until nothing is new."""
        found: list[Event] = []
        while True:
            new = [(name, new_changes(self.simulation, name)) for name in ("commerce", "review")]
            events = [event for name, changes in new for event in published_events(name, changes)]
            for name, changes in new:
                for _ in range(2):
                    self._handle(name, changes)
            if not any(changes for _, changes in new):
                self.events += found
                return found
            for event in [*events, *events]:
                for service, _ in subscribers_of(event):
                    if service in ("commerce", "review"):
                        deliver(self.simulation, service, event)
            found += events

    def _handle(self, name: str, changes: object) -> None:
        ports = getattr(self.simulation, name)
        handle_changes(name, ports, filter_changes(name, changes))  # type: ignore[arg-type]

    def search(self) -> list[Event]:
        """Let the hour of the search come, and return what was published then."""
        self.simulation.clock.advance(hours=1)
        return self.run()

    def run(self) -> list[Event]:
        commerce.handle_jobs(self.ports)
        return self.flow()

    def schedule(self) -> None:
        commerce.handle_schedule(self.ports)
        self.flow()

    @property
    def groups(self) -> list[TradeGroup]:
        return trades.list_groups(self.ports.table, self.circle_id, self.simulation.clock())

    def state_of(self, order: Order) -> SuspicionState | None:
        suspicion = self.current_order(order).suspicion
        return suspicion.state if suspicion else None

    @property
    def open_cases(self) -> list[Case]:
        return list(cases.list_open_cases(self.simulation.review.table, PageRequest(20)).items)

    def decide(self, outcome: CaseOutcome, reviewer: Caller | None = None) -> None:
        """Decide the open case, and apply the decision."""
        (case,) = self.open_cases
        by = reviewer or enrol_reviewer(self.simulation, QIN)
        violation = Violation.FRAUD if outcome is CaseOutcome.UPHELD else None
        review.decide_case(self.simulation.review, by, case.id, outcome, "读过了", case.latest_revision, violation=violation)
        self.flow()
        self.run()


def caller_of(order: Order) -> Caller:
    return next(user for user in RING if user.user_id == order.buyer_id)
