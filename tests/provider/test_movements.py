"""The provider's own list of what moved, which equals its events."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.commerce.adapters.payments import AccountState, Movement, MovementKind
from services.shared.kernel.clock import utc_now
from tests.provider.harness import Harness
from tests.provider.steps import A, B, events, paid, part, yuan

K = MovementKind


def movements(at: Harness, day: date) -> list[Movement]:
    found: list[Movement] = []
    cursor = ""
    while True:
        page = at.provider.list_movements(day, cursor)
        found += page.movements
        if not page.next_cursor:
            return found
        cursor = page.next_cursor


def test_m12_the_list_has_what_moved_and_nothing_else(at: Harness) -> None:
    page = paid(at, A, B)
    at.set_account("acct_mei", AccountState.VERIFIED)
    failed = at.provider.start([part("buyer/ord_failed")])
    at.fail(failed, "declined")
    at.provider.refund(page.payments[A], yuan(1_000), "r1")
    at.refund_at_dashboard(page.payments[A], yuan(500))
    won, lost = (at.open_chargeback(page.payments[B], yuan(fen)) for fen in (3_000, 200))
    at.close_chargeback(won, "won")
    at.close_chargeback(lost, "lost")
    at.provider.pay_out("acct_mei", yuan(7_000), "p1")
    at.provider.pay_out("acct_mei", yuan(99_000), "p2")
    found = movements(at, utc_now().date())
    assert [(one.kind, one.payment_id, one.reference, one.amount.amount) for one in found] == [
        (K.CAPTURE, page.payments[A], A, 10_000),
        (K.CAPTURE, page.payments[B], B, 10_000),
        (K.REFUND, page.payments[A], A, 1_000),
        (K.REFUND, page.payments[A], A, 500),
        (K.CHARGEBACK, page.payments[B], B, 3_000),
        (K.CHARGEBACK, page.payments[B], B, 200),
        (K.CHARGEBACK_REVERSAL, page.payments[B], B, 3_000),
        (K.PAYOUT, "", "p1", 7_000),
    ]
    assert sum(one.cash_change for one in found) == 20_000 - 1_500 - 200 - 7_000
    of_event = {"refund.succeeded": "refund_id", "payout.succeeded": "payout_id", "chargeback.opened": "chargeback_id"}
    ids = {event[of_event[event["type"]]] for event in events(at, 12) if event["type"] in of_event}
    assert {one.id for one in found if one.kind in (K.REFUND, K.PAYOUT, K.CHARGEBACK)} == ids


def test_m12_a_day_has_its_own_movements(at: Harness) -> None:
    before = utc_now().date()
    paid(at, A)
    after = utc_now().date()  # a test can run at midnight
    assert sum(len(movements(at, day)) for day in {before, after}) == 1
    for days in (-1, 1, 400):
        assert movements(at, after + timedelta(days=2 * days)) == []


def test_m12_a_long_day_has_pages_without_repeats(at: Harness) -> None:
    started = datetime.now().astimezone()
    payment_id = paid(at, A).payments[A]
    for number in range(204):
        at.provider.refund(payment_id, yuan(1), f"r{number}")
    found = movements(at, utc_now().date())
    assert len({one.id for one in found}) == len(found) == 205
    assert at.provider.list_movements(utc_now().date()).next_cursor
    assert all(one.at > started - timedelta(minutes=1) and one.at.tzinfo for one in found)
    assert [one.at for one in found] == sorted(one.at for one in found)
