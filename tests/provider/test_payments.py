"""Pages, captures, refunds and chargebacks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from services.commerce.adapters.payments import ProviderDenied, ProviderFailed
from services.commerce.domain.money import Money
from tests.provider.harness import Harness
from tests.provider.steps import A, B, C, events, paid, part, shown, yuan


def test_m28_one_page_pays_several_orders_with_a_payment_each(at: Harness) -> None:
    page = paid(at, A, B, C)
    assert set(page.payments) == {A, B, C}
    assert len(set(page.payments.values())) == 3
    captured = events(at, 3)
    assert shown(captured, "type", "reference", "payment_id", "amount", "currency") == sorted(
        ("payment.captured", reference, payment_id, 10_000, "CNY") for reference, payment_id in page.payments.items()
    )
    assert all(event["captured_at"] for event in captured)
    assert len({event["payer"] for event in captured}) == 1, "the payer has one name in all their payments"


def test_m8_the_same_references_return_the_same_page_in_any_order(at: Harness) -> None:
    first = at.provider.start([part(A), part(B, 500)])
    assert at.provider.start([part(A), part(B, 500)]) == first
    assert at.provider.start([part(B, 500), part(A)]) == first


def test_m8_a_reference_has_one_payment_on_all_its_pages(at: Harness) -> None:
    alone = paid(at, A)
    both = at.provider.start([part(A), part(B)])
    assert both.pay_url != alone.pay_url
    assert both.payments[A] == alone.payments[A]
    at.pay(both)
    assert shown(events(at, 2), "reference", "payment_id") == sorted(both.payments.items()), "A is not captured again"


def test_m8_the_same_reference_with_another_amount_is_denied(at: Harness) -> None:
    page = at.provider.start([part(A)])
    for parts in ([part(A, 9_999)], [part(A, 9_999), part(B)]):
        with pytest.raises(ProviderDenied):
            at.provider.start(parts)
    assert at.provider.start([part(A)]) == page


def test_m28_a_failed_payment_can_be_paid_afterwards(at: Harness) -> None:
    page = at.provider.start([part(A)])
    at.fail(page, "insufficient_balance")
    at.fail(page, "declined")
    at.pay(page)
    payment_id = page.payments[A]
    assert [tuple(event.get(name) for name in ("type", "reason", "payment_id", "amount")) for event in events(at, 3)] == [
        ("payment.failed", "insufficient_balance", payment_id, 10_000),
        ("payment.failed", "declined", payment_id, 10_000),
        ("payment.captured", None, payment_id, 10_000),
    ]


def test_m28_a_page_that_is_paid_twice_captures_other_payments_of_the_same_references(at: Harness) -> None:
    page = paid(at, A, B)
    at.pay(page)
    captured = events(at, 4)
    assert [reference for (reference,) in shown(captured, "reference")] == [A, A, B, B]
    assert len({event["payment_id"] for event in captured}) == 4
    for event in captured:  # each can be refunded by itself
        at.provider.refund(event["payment_id"], yuan(10_000), f"refund {event['payment_id']}")


def test_m9_the_same_refund_twice_is_one(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]
    for _ in range(3):
        at.provider.refund(payment_id, yuan(6_000), "r1")
    _, refund = events(at, 2)
    assert (refund["type"], refund["payment_id"], refund["reference"]) == ("refund.succeeded", payment_id, A)
    assert (refund["amount"], refund["refund_reference"]) == (6_000, "r1")
    assert refund["refund_id"]


def test_m9_a_reference_of_another_refund_is_denied(at: Harness) -> None:
    page = paid(at, A, B)
    at.provider.refund(page.payments[A], yuan(6_000), "r1")
    for payment_id, fen in ((page.payments[A], 1_000), (page.payments[B], 6_000)):
        with pytest.raises(ProviderDenied):
            at.provider.refund(payment_id, yuan(fen), "r1")
    assert len(at.receive(3)) == 3


@pytest.mark.parametrize("fen", [0, -1, 10_001])
def test_m9_an_impossible_amount_is_denied(at: Harness, fen: int) -> None:
    with pytest.raises(ProviderDenied):
        at.provider.refund(paid(at, A).payments[A], yuan(fen), "r1")


def test_m9_another_currency_an_unknown_and_an_unpaid_payment_are_denied(at: Harness) -> None:
    payment_id, unpaid = paid(at, A).payments[A], at.provider.start([part(B)]).payments[B]
    attempts: list[tuple[str, Money]] = [(payment_id, Money(1, "USD")), ("pay_unknown", yuan(1)), (unpaid, yuan(1))]
    for subject, amount in attempts:
        with pytest.raises(ProviderDenied):
            at.provider.refund(subject, amount, f"r {subject}")
    with pytest.raises(ProviderDenied):
        at.provider.refund(payment_id, yuan(1), "")
    assert len(at.receive(1)) == 1


def test_m9_what_was_denied_can_succeed_later_with_the_same_reference(at: Harness) -> None:
    page = at.provider.start([part(A)])
    with pytest.raises(ProviderDenied):
        at.provider.refund(page.payments[A], yuan(100), "r1")
    at.pay(page)
    at.provider.refund(page.payments[A], yuan(100), "r1")
    assert [event["type"] for event in events(at, 2)] == ["payment.captured", "refund.succeeded"]


def test_m9_refunds_and_chargebacks_never_exceed_the_capture(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]
    at.provider.refund(payment_id, yuan(3_000), "r1")
    at.refund_at_dashboard(payment_id, yuan(2_000))
    lost = at.open_chargeback(payment_id, yuan(1_000))
    open_ = at.open_chargeback(payment_id, yuan(4_000))
    at.close_chargeback(lost, "lost")
    with pytest.raises(ProviderDenied):
        at.provider.refund(payment_id, yuan(1), "r2")
    at.close_chargeback(open_, "won")
    with pytest.raises(ProviderDenied):
        at.provider.refund(payment_id, yuan(4_001), "r3")
    at.provider.refund(payment_id, yuan(4_000), "r4")
    assert shown(events(at, 8), "type", "amount") == sorted(
        [
            ("payment.captured", 10_000),
            ("refund.succeeded", 3_000),
            ("refund.succeeded", 2_000),
            ("refund.succeeded", 4_000),
            ("chargeback.opened", 1_000),
            ("chargeback.opened", 4_000),
            ("chargeback.lost", 1_000),
            ("chargeback.won", 4_000),
        ]
    )


def test_m9_the_events_of_a_chargeback_name_it_and_its_payment(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]
    chargeback_id = at.open_chargeback(payment_id, yuan(10_000))
    at.close_chargeback(chargeback_id, "won")
    of_chargeback = shown(events(at, 3)[1:], "type", "chargeback_id", "payment_id", "reference", "amount", "currency")
    about = (chargeback_id, payment_id, A, 10_000, "CNY")
    assert of_chargeback == [("chargeback.opened", *about), ("chargeback.won", *about)]


def test_m9_a_refund_that_we_did_not_request_has_no_reference(at: Harness) -> None:
    at.refund_at_dashboard(paid(at, A).payments[A], yuan(2_500))
    refund = events(at, 2)[1]
    assert (refund["type"], refund["amount"], refund.get("refund_reference")) == ("refund.succeeded", 2_500, None)


def test_m9_20_refunds_of_60_percent_at_once_are_one(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]

    def attempt(number: int) -> bool:
        with suppress(ProviderFailed):
            at.provider.refund(payment_id, yuan(6_000), f"r{number}")
            return True
        return False

    assert run_at_once([partial(attempt, number) for number in range(20)]).count(True) == 1
    assert len(at.receive(2)) == 2


def test_m8_20_starts_at_once_are_one_page(at: Harness) -> None:
    pages = run_at_once([partial(at.provider.start, [part(A), part(B)])] * 20)
    assert all(page == pages[0] for page in pages)


def run_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]
