"""What the provider did with a payment ends the same, in every order in which its events are delivered, also repeated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.repository.ledger import list_entries
from services.commerce.repository.payments import PREFIX, payment_from_item
from simulation.setup.commerce import LIN, Shop

S = OrderState
TOTAL = 10_000
Event = Callable[[Shop, Order], Any]


def end_of(events: Sequence[Event], is_late: bool = False) -> Any:
    """Return what is left after these events of an order: its state, its sums, its stock, and all balances."""
    shop = Shop(ListingKind.MERCHANT, amount=TOTAL)
    order = shop.order()
    if is_late:
        shop.simulation.clock.advance(minutes=20)
        commerce.handle_schedule(shop.ports)
        rival = shop.order(LIN)  # the last unit
        assert rival.state is S.RESERVED
    for event in events:
        event(shop, order)
    after = shop.current_order(order)
    payments = [
        payment_from_item(item) for item in shop.simulation.memory("commerce").all_items() if item["sk"].startswith(PREFIX)
    ]
    sums: Counter[str] = Counter()
    for entry in list_entries(shop.simulation.commerce_table, order.id):
        sums.update({line.ledger_account.replace(order.id, "order"): line.amount for line in entry.lines})
    balances = {name: amount for name, amount in sums.items() if amount}
    about = (after.state, after.refunded, after.charged_back, shop.current_listing().stock)
    return about, balances, sum(payment.balance for payment in payments)


def capture(shop: Shop, order: Order) -> Any:
    return shop.receive(order, captured_at=shop.simulation.clock())


def failed(shop: Shop, order: Order) -> Any:
    return shop.receive(order, "payment.failed")


def refund(amount: int, number: int) -> Event:
    return lambda shop, order: shop.receive(order, "refund.succeeded", amount, refund_id=f"ref_{number}")


def chargeback(state: str, amount: int, number: int = 1) -> Event:
    return lambda shop, order: shop.receive(order, f"chargeback.{state}", amount, chargeback_id=f"cb_{number}")


@pytest.mark.parametrize(
    "events",
    [
        (capture, chargeback("opened", TOTAL)),
        (capture, chargeback("opened", TOTAL), chargeback("won", TOTAL)),
        (capture, chargeback("opened", TOTAL), chargeback("lost", TOTAL)),
        (capture, chargeback("opened", 6_000), chargeback("lost", 6_000), refund(4_000, 1)),
        (capture, chargeback("opened", 6_000), chargeback("won", 6_000), refund(9_000, 1)),
        (capture, chargeback("opened", TOTAL), chargeback("won", TOTAL), refund(TOTAL, 1)),
        (capture, refund(5_000, 1), chargeback("opened", 2_000), chargeback("opened", 3_000, 2), chargeback("won", 3_000, 2)),
    ],
    ids=["open", "won", "lost", "lost, rest refunded", "won, then refunded", "won, then all refunded", "two chargebacks"],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_m8_what_the_provider_did_ends_the_same_in_every_order_of_its_events(events: Sequence[Event], is_late: bool) -> None:
    expected = end_of(events, is_late)
    for order in permutations(events):
        assert end_of(order, is_late) == expected


@dataclass
class Bank:
    """What the provider did with one payment, as strict as a provider is. events: of all that, in order."""

    left: int = TOTAL
    open: dict[int, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=lambda: [failed, capture])

    def act(self, kind: str, part: int) -> None:
        number = len(self.events)
        amount = max(self.left // part, 1)
        if kind in ("won", "lost") and self.open:
            decided = list(self.open)[part % len(self.open)]
            amount = self.open.pop(decided)
            self.events.append(chargeback(kind, amount, decided))
            self.left += amount if kind == "won" else 0
        elif kind == "refund" and self.left:
            self.events.append(refund(amount, number))
            self.left -= amount
        elif kind == "open" and self.left:
            self.events.append(chargeback("opened", amount, number))
            self.open[number] = amount
            self.left -= amount


ACTS = st.lists(st.tuples(st.sampled_from(["refund", "open", "won", "won", "lost"]), st.integers(1, 4)), max_size=7)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, seed=st.integers(0, 10**6), is_late=st.booleans())
def test_m8_repeated_and_in_any_order_all_events_of_a_payment_have_one_end(
    acts: list[tuple[str, int]], seed: int, is_late: bool
) -> None:
    bank = Bank()
    for kind, part in acts:
        bank.act(kind, part)
    expected = end_of(bank.events, is_late)
    (state, refunded, charged_back, _), balances, unapplied = expected
    assert sum(balances.values()) == 0
    assert balances.get("cash", 0) == bank.left
    if not is_late:
        assert (refunded, charged_back, unapplied) == (TOTAL - bank.left - sum(bank.open.values()), sum(bank.open.values()), 0)
        assert state is (S.REFUNDED if refunded == TOTAL else S.PAID)
    randomness = random.Random(seed)
    repeated = [*bank.events, *randomness.sample(bank.events, len(bank.events) // 2)]
    randomness.shuffle(repeated)
    assert end_of(repeated, is_late) == expected
