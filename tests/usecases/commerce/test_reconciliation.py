"""The daily reconciliation finds each planted difference between the provider's list and the ledger, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import Movement, MovementKind
from services.commerce.domain import Order
from services.commerce.domain.money import Money
from services.commerce.repository import reconciling
from services.commerce.repository.differences import list_differences
from services.commerce.usecases.reconciliation import RECONCILE, plan_reconciliation, reconcile_day
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DifferenceReported
from services.shared.table.jobs import JOBS, Job
from simulation.setup.applications import enrol_reviewer
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.setup.payouts import PaidShop
from simulation.streams import all_changes, deliver, published_events

K = MovementKind
DAY = timedelta(days=1)


class Books:
    """A shop whose provider lists what the shop has booked, until a test plants a difference."""

    def __init__(self) -> None:
        self.shop = PaidShop()
        self.provider = self.shop.simulation.payments
        self.clock = self.shop.simulation.clock
        self.list_capture(self.shop.sold)

    def list_capture(self, order: Order, amount: int | None = None) -> None:
        payment = self.provider.start_one(f"{order.buyer_id}/{order.id}", order.total)
        reference, total = f"{order.buyer_id}/{order.id}", amount or order.total.amount
        self.add(K.CAPTURE, payment.id, payment.id, reference, total, order.created_at)

    def add(
        self, kind: MovementKind, id: str, payment_id: str, reference: str, amount: int, at: datetime | None = None
    ) -> None:
        movement = Movement(kind, id, payment_id, reference, Money(amount, "CNY"), at or self.clock.now)
        self.provider.movements.append(movement)

    def sell(self, *, is_listed: bool = True, amount: int | None = None) -> Order:
        order = self.shop.sell()
        if is_listed:
            self.list_capture(order, amount)
        return order

    def run(self, days: int = 2, has_time: Callable[[], bool] | None = None) -> None:
        """Let days pass, and reconcile all that are complete, as the schedule does."""
        self.clock.advance(days=days)
        self.shop.update_balances()
        for _ in range(days + 30):
            plan_reconciliation(self.shop.ports.table, self.clock.now)
            commerce.handle_jobs(self.shop.ports, has_time or (lambda: True))

    @property
    def flaws(self) -> list[tuple[str, str, int, int]]:
        events = published_events("commerce", all_changes(self.shop.simulation, "commerce"))
        found = [event.data for event in events if isinstance(event, DifferenceReported)]
        names = ("flaw", "at_provider", "in_ledger")
        return [(data.subject_id, *(data.evidence[name] for name in names)) for data in found]

    @property
    def unreconciled(self) -> int:
        items = self.shop.simulation.memory("commerce").all_items()
        return sum(str(item.get("gsi1pk", "")).startswith("UNRECONCILED#") for item in items)


@pytest.fixture
def books() -> Iterator[Books]:
    books = Books()
    day = books.provider.movements[0].at.astimezone(UTC).date()
    reconciling.put_next_day(books.shop.ports.table, min(day, books.clock.now.date()) - 10 * DAY)
    yield books


def payment_of(books: Books, order: Order) -> str:
    return books.provider.start_one(f"{order.buyer_id}/{order.id}", order.total).id


def test_m17_books_that_agree_have_no_difference_and_leave_nothing_in_the_index(books: Books) -> None:
    """With a sale, a second payment and its refund, a refund at the provider, and a payout."""
    order = books.sell()
    at = books.clock.now
    reference = f"{order.buyer_id}/{order.id}"
    books.shop.receive(order, payment_id="pay_second", captured_at=at)
    books.add(K.CAPTURE, "pay_second", "pay_second", reference, order.total.amount)
    books.shop.receive(
        order, "refund.succeeded", payment_id="pay_second", refund_id="re_second", refund_reference="pay_second.CNY.1"
    )
    books.add(K.REFUND, "re_second", "pay_second", reference, order.total.amount)
    books.shop.refund(order, 4_000)
    books.add(K.REFUND, "ref_1", payment_of(books, order), reference, 4_000)
    books.shop.request(1_000)
    books.shop.run_schedule()
    books.shop.deliver()
    assert books.unreconciled == 6
    books.run()
    assert (books.flaws, books.unreconciled) == ([], 0)


def test_m17_a_movement_that_the_ledger_does_not_have_is_a_case_once(books: Books) -> None:
    order = books.sell()
    books.add(K.CAPTURE, "pay_lost", "pay_lost", f"{order.buyer_id}/{order.id}", 10_000)
    books.add(K.REFUND, "re_lost", payment_of(books, order), f"{order.buyer_id}/{order.id}", 700)
    books.add(K.PAYOUT, "po_lost", "", f"{MEI.user_id}/pyt_01K00000000000000000000000", 500)
    books.add(K.CHARGEBACK, "cb_lost", "pay_x", f"{order.buyer_id}/{order.id}", 300)
    for _ in range(3):
        books.run()
    assert sorted(books.flaws) == [
        ("capture:pay_lost", "not_in_ledger", 10_000, 0),
        ("chargeback:cb_lost", "not_in_ledger", -300, 0),
        ("payout:pyt_01K00000000000000000000000", "not_in_ledger", -500, 0),
        ("refund:re_lost", "not_in_ledger", -700, 0),
    ]


def test_m17_an_entry_that_the_provider_does_not_list_is_a_case_once(books: Books) -> None:
    order = books.sell(is_listed=False)
    books.shop.refund(order, 4_000)
    for _ in range(3):
        books.run()
    payment = payment_of(books, order)
    assert sorted(books.flaws) == [
        (f"capture:{payment}", "not_at_provider", 0, 10_000),
        ("refund:ref_1", "not_at_provider", 0, -4_000),
    ]
    assert books.unreconciled == 0


def test_m17_a_movement_of_another_amount_is_one_case(books: Books) -> None:
    order = books.sell(amount=9_999)
    for _ in range(3):
        books.run()
    assert books.flaws == [(f"capture:{payment_of(books, order)}", "amount_differs", 9_999, 10_000)]


def test_m17_another_payment_of_a_paid_order_is_not_taken_for_the_one_that_paid_it(books: Books) -> None:
    """Its webhook was lost, and the list has it before the one that is booked."""
    order = books.shop.sell()
    books.add(K.CAPTURE, "pay_lost", "pay_lost", f"{order.buyer_id}/{order.id}", order.total.amount)
    books.list_capture(order)
    books.run()
    assert books.flaws == [("capture:pay_lost", "not_in_ledger", 10_000, 0)]


def test_m17_a_webhook_that_comes_after_the_list_resolves_the_difference(books: Books) -> None:
    order = books.shop.order()
    books.shop.pay(order)
    books.list_capture(order)
    books.shop.new_ledger_changes()  # the stream of this entry is late: it comes after the list
    late = [change for change in all_changes(books.shop.simulation, "commerce") if change.key.pk == f"LEDGER#{order.id}"]
    books.run()
    payment = payment_of(books, order)
    assert books.flaws == [(f"capture:{payment}", "not_in_ledger", 10_000, 0)]
    commerce.handle_changes(books.shop.ports, late)
    books.run(days=3)
    assert len(books.flaws) == 1
    (difference,) = list_differences(books.shop.ports.table, f"capture:{payment}")
    assert (difference.is_resolved, books.unreconciled) == (True, 0)


@pytest.mark.parametrize("steps", range(1, 12))
def test_m17_an_interrupted_reconciliation_continues_and_finds_the_same(books: Books, steps: int) -> None:
    for number in range(7):
        books.sell(is_listed=number != 3, amount=9_000 if number == 5 else None)

    def has_time() -> Callable[[], bool]:
        left = iter(range(steps))
        return lambda: next(left, None) is not None

    books.clock.advance(days=2)
    books.shop.update_balances()
    for _ in range(200):
        plan_reconciliation(books.shop.ports.table, books.clock.now)
        commerce.handle_jobs(books.shop.ports, has_time())
    assert sorted(flaw for _, flaw, *_ in books.flaws) == ["amount_differs", "not_at_provider"]
    assert books.unreconciled == 0


def test_m17_a_list_of_several_pages_continues_at_the_page_where_it_stopped(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.run(days=0)
    monkeypatch.setattr("simulation.payments.MOVEMENTS_PER_PAGE", 2)
    for _ in range(5):
        books.sell()
    day = books.provider.movements[-1].at.astimezone(UTC).date()
    asked: list[str] = []
    list_movements = books.provider.list_movements

    def remember(day: date, cursor: str = "") -> Any:
        asked.append(cursor)
        if len(asked) == 3:
            raise RuntimeError("the function ends here")
        return list_movements(day, cursor)

    monkeypatch.setattr(books.provider, "list_movements", remember)
    books.shop.update_balances()
    job = Job(RECONCILE, day.isoformat(), books.clock.now)
    with pytest.raises(RuntimeError):
        list(reconcile_day(books.shop.ports, job))
    list(reconcile_day(books.shop.ports, job))
    assert asked[:2] == ["", "2"]
    assert asked[2:4] == ["4", "4"], "not from the beginning"
    assert books.flaws == []


def test_m17_a_day_is_reconciled_6_hours_after_its_end(books: Books) -> None:
    table, clock = books.shop.ports.table, books.clock
    day = clock.now.date()
    reconciling.put_next_day(table, day)
    end = clock.now.replace(hour=0, minute=0, second=0, microsecond=0) + DAY

    def planned() -> list[str]:
        items = books.shop.simulation.memory("commerce").all_items()
        return [item["sk"] for item in items if item["pk"] == JOBS and RECONCILE in item["sk"]]

    for hours, count in ((5.9, 0), (6, 1), (7, 1)):
        plan_reconciliation(table, end + timedelta(hours=hours))
        assert len(planned()) == count


def test_m17_days_are_reconciled_one_after_another_also_after_a_pause(books: Books) -> None:
    books.run(days=30)
    next_day = reconciling.find_next_day(books.shop.ports.table)
    assert next_day == books.clock.now.date() - (DAY if books.clock.now.hour < 6 else timedelta(0))


def test_m17_an_entry_of_the_day_after_is_not_missing_yet(books: Books) -> None:
    """It is counted after midnight, and its movement is in the list of the next day."""
    books.run(days=1)
    books.sell(is_listed=False)
    day = books.clock.now.date() - DAY
    list(reconcile_day(books.shop.ports, Job(RECONCILE, day.isoformat(), books.clock.now)))
    assert (books.flaws, books.unreconciled) == ([], 1)


def test_m17_each_difference_is_a_case_of_the_reviewers() -> None:
    shop = Shop()
    books = Books()
    order = books.sell(is_listed=False)
    reconciling.put_next_day(books.shop.ports.table, books.clock.now.date() - 10 * DAY)
    books.run()
    events = published_events("commerce", all_changes(books.shop.simulation, "commerce"))
    for event in events:
        if isinstance(event, DifferenceReported):
            for _ in range(2):
                deliver(shop.simulation, "review", event)
    reviewer = enrol_reviewer(shop.simulation, "rui")
    cases = review.list_cases(shop.simulation.review, reviewer, PageRequest()).items
    subjects = {case.subject["id"] for case in cases}
    assert f"capture:{payment_of(books, order)}" in subjects
    assert {case.subject["kind"] for case in cases} == {"movement"}
    assert order.buyer_id == HAO.user_id
