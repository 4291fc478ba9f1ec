"""M17: who can be paid out, where, how much, and what a change of the account holds back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState, ProviderFailed
from services.commerce.domain.payout import PayoutSource, PayoutState
from services.commerce.errors import (
    BalanceInsufficient,
    PayoutAccountMissing,
    PayoutAccountNotVerified,
    PayoutAccountOnHold,
    PayoutNotFound,
    PayoutsBlocked,
    PayoutStateConflict,
)
from services.commerce.settings import settings
from services.shared.kernel.errors import Invalid, KeyReused, PreconditionFailed, Unavailable
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import PayoutAccountChanged, PayoutChanged
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI
from simulation.setup.payouts import ACCOUNT, OTHER_ACCOUNT, PaidShop
from simulation.setup.requests import change
from simulation.streams import all_changes, published_events

S = PayoutState


def states(shop: PaidShop) -> list[str]:
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    return [event.data.state for event in events if isinstance(event, PayoutChanged)]


def test_m17_a_payout_moves_the_amount_from_the_balance_to_the_payee_and_each_step_is_published() -> None:
    shop = PaidShop()
    assert shop.payable() == 9_200
    payout = shop.request(9_000)
    assert (payout.state, shop.payable()) == (S.REQUESTED, 200)
    assert shop.balances()[f"payout:{payout.id}"] == -9_000
    shop.run_schedule()
    assert shop.current(payout).state is S.SENDING
    assert shop.simulation.payments.paid_out == {f"{MEI.user_id}/{payout.id}": (ACCOUNT, payout.amount)}
    shop.deliver()
    assert shop.current(payout).state is S.SUCCEEDED
    assert (shop.payable(), shop.balances()[f"payout:{payout.id}"], shop.balances()["cash"]) == (200, 0, 1_000)
    assert states(shop) == ["requested", "sending", "succeeded"]
    assert commerce.list_payouts(shop.ports, MEI, PageRequest()).items == [shop.current(payout)]


def test_m17_a_commission_is_paid_out_from_its_own_balance() -> None:
    shop = PaidShop()
    shop.open_account(LIN, "acct_lin")
    with pytest.raises(BalanceInsufficient):
        shop.request(300, LIN)
    payout = shop.request(300, LIN, PayoutSource.OWNER)
    shop.run_schedule()
    shop.deliver()
    assert (shop.current(payout).state, shop.payable(LIN, "owner"), shop.payable()) == (S.SUCCEEDED, 0, 9_200)


@pytest.mark.parametrize(("amount", "available"), [(9_201, 9_200), (10**11, 9_200)])
def test_m17_a_payout_is_at_most_the_balance(amount: int, available: int) -> None:
    shop = PaidShop()
    with pytest.raises(BalanceInsufficient) as raised:
        shop.request(amount)
    assert raised.value.facts == {"available": available}
    assert shop.payable() == 9_200
    assert shop.request(available).state in (S.REQUESTED, S.AWAITING_APPROVAL)


def test_m17_a_negative_balance_blocks_payouts() -> None:
    """The sale is refunded after its payout: what the seller owes is earned first."""
    shop = PaidShop()
    shop.request(9_200)
    shop.refund(shop.sold)
    shop.update_balances()
    assert shop.payable() == -9_200
    with pytest.raises(BalanceInsufficient) as raised:
        shop.request(100)
    assert raised.value.facts == {"available": -9_200}
    for expected in (0, 9_200):
        shop.sell()
        assert shop.payable() == expected
    shop.request(9_200)


def test_m17_a_retry_returns_the_payout_of_the_first_try_and_takes_nothing_more() -> None:
    shop = PaidShop()
    key = shop.new_key(MEI)
    first = shop.request(9_000, key=key)
    assert shop.request(9_000, key=key) == first
    shop.set_account_status(MEI, "suspended")
    assert shop.request(9_000, key=key) == first
    assert shop.payable() == 200


def test_m17_a_key_is_of_one_payout() -> None:
    shop = PaidShop()
    key = shop.new_key(MEI)
    shop.request(100, key=key)
    with pytest.raises(KeyReused):
        shop.request(200, key=replace(key, body_hash="other"))


@pytest.mark.parametrize("level", ["none", "warned", "muted", "restricted", "suspended", "banned"])
def test_m17_a_sanction_from_restricted_on_blocks_payouts(level: str) -> None:
    shop = PaidShop()
    shop.set_account_status(MEI, level)
    if level in ("none", "warned", "muted"):
        assert shop.request(100).state is S.REQUESTED
        return
    with pytest.raises(PayoutsBlocked):
        shop.request(100)


def test_m17_without_an_account_nothing_is_paid() -> None:
    shop = PaidShop()
    with pytest.raises(PayoutAccountMissing):
        shop.request(100, LIN, PayoutSource.OWNER)


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize("due", [(), ("identity_document", "bank_statement")])
def test_m17_a_payout_is_blocked_while_the_provider_needs_something(state: AccountState, due: tuple[str, ...]) -> None:
    shop = PaidShop()
    shop.open_account(LIN, "acct_lin", *due, state=state)
    if state is AccountState.VERIFIED and not due:
        assert shop.request(300, LIN, PayoutSource.OWNER).state is S.REQUESTED
        return
    with pytest.raises(PayoutAccountNotVerified) as raised:
        shop.request(300, LIN, PayoutSource.OWNER)
    assert raised.value.facts == {"currently_due": list(due)}
    shop.simulation.payments.set_account("acct_lin", AccountState.VERIFIED)
    shop.deliver()
    assert shop.request(300, LIN, PayoutSource.OWNER).state is S.REQUESTED


def test_m17_the_events_of_an_account_in_any_order_leave_what_the_provider_says_now() -> None:
    shop = PaidShop()
    for due in (("document",), ()):
        shop.simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED, *due)
    for _ in range(3):
        shop.receive_result({"type": "account.updated", "account_id": ACCOUNT})
    assert commerce.get_payout_account(shop.ports, MEI).currently_due == ()
    shop.receive_result({"type": "account.updated", "account_id": "acct_unknown"})


def test_m17_a_new_account_is_paid_after_72_hours() -> None:
    shop = PaidShop()
    shop.simulation.payments.set_account(OTHER_ACCOUNT, AccountState.VERIFIED)
    shop.set_account(MEI, OTHER_ACCOUNT)
    for hours in (0, 71):
        shop.simulation.clock.advance(hours=hours)
        with pytest.raises(PayoutAccountOnHold):
            shop.request(100)
    shop.set_account(MEI, OTHER_ACCOUNT)  # the same account again begins no wait
    shop.simulation.clock.advance(hours=1)
    assert shop.request(100).account_id == OTHER_ACCOUNT


def test_m17_the_wait_is_a_setting() -> None:
    shop = PaidShop()
    shop.simulation.payments.set_account(OTHER_ACCOUNT, AccountState.VERIFIED)
    with overridden(settings, payout_hold=timedelta(0)):
        shop.set_account(MEI, OTHER_ACCOUNT)
        assert shop.request(100).account_id == OTHER_ACCOUNT


@pytest.mark.parametrize("back", [False, True])
def test_m17_a_change_of_the_account_ends_payouts_that_were_not_sent(back: bool) -> None:
    """Also if the account is the same again: who changed it twice is as suspicious."""
    shop = PaidShop()
    shop.simulation.payments.set_account(OTHER_ACCOUNT, AccountState.VERIFIED)
    payout = shop.request(9_000)
    shop.set_account(MEI, OTHER_ACCOUNT)
    if back:
        shop.set_account(MEI, ACCOUNT)
    shop.run_schedule()
    ended = shop.current(payout)
    assert (ended.state, ended.reason) == (S.CANCELED, "account_changed")
    assert (shop.payable(), shop.simulation.payments.paid_out) == (9_200, {})


def test_m17_a_change_of_the_account_does_not_stop_what_was_sent() -> None:
    shop = PaidShop()
    shop.simulation.payments.set_account(OTHER_ACCOUNT, AccountState.VERIFIED)
    payout = shop.request(9_000)
    shop.run_schedule()
    shop.set_account(MEI, OTHER_ACCOUNT)
    shop.run_schedule()
    shop.deliver()
    assert shop.current(payout).state is S.SUCCEEDED
    assert [account for account, _ in shop.simulation.payments.paid_out.values()] == [ACCOUNT]


@pytest.mark.parametrize("cause", ["sanction", "verification"])
def test_m17_a_sanction_or_a_new_demand_of_the_provider_ends_a_payout_that_was_not_sent(cause: str) -> None:
    shop = PaidShop()
    payout = shop.request(9_000)
    if cause == "sanction":
        shop.set_account_status(MEI, "restricted")
    else:
        shop.simulation.payments.set_account(ACCOUNT, AccountState.RESTRICTED, "document")
        shop.deliver()
    shop.run_schedule()
    ended = shop.current(payout)
    assert (ended.state, ended.reason, shop.payable()) == (S.CANCELED, cause, 9_200)
    assert shop.simulation.payments.paid_out == {}


def test_m17_the_user_cancels_a_payout_that_was_not_sent() -> None:
    shop = PaidShop()
    payout = shop.request(9_000)
    for _ in range(2):
        assert commerce.cancel_payout(shop.ports, MEI, payout.id).state is S.CANCELED
    assert shop.payable() == 9_200
    shop.run_schedule()
    assert shop.simulation.payments.paid_out == {}
    sent = shop.request(9_000)
    shop.run_schedule()
    with pytest.raises(PayoutStateConflict):
        commerce.cancel_payout(shop.ports, MEI, sent.id)


def test_m17_a_payout_is_of_its_user_alone() -> None:
    shop = PaidShop()
    payout = shop.request(9_000)
    for stranger in (HAO, LIN):
        for use_case in (commerce.get_payout, commerce.cancel_payout):
            with pytest.raises(PayoutNotFound):
                use_case(shop.ports, stranger, payout.id)
        assert commerce.list_payouts(shop.ports, stranger, PageRequest()).items == []


def test_m17_an_account_is_changed_under_the_etag_that_its_user_read() -> None:
    shop = PaidShop()
    with pytest.raises(PreconditionFailed):
        commerce.set_payout_account(shop.ports, MEI, change(0, "another"), ACCOUNT)


def test_m17_an_account_is_one_that_the_provider_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = PaidShop()
    version = commerce.get_payout_account(shop.ports, MEI).version
    with pytest.raises(Invalid) as raised:
        commerce.set_payout_account(shop.ports, MEI, change(version), "acct_unknown")
    assert [(flaw.at, flaw.code) for flaw in raised.value.fields] == [("/account_id", "must-be-provider-account")]

    def fail(account_id: str) -> None:
        raise ProviderFailed("down")

    monkeypatch.setattr(shop.simulation.payments, "get_account", fail)
    with pytest.raises(Unavailable):
        commerce.set_payout_account(shop.ports, MEI, change(version), ACCOUNT)


def test_m17_a_change_of_the_account_is_published_without_its_id() -> None:
    shop = PaidShop()
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    (changed,) = (event for event in events if isinstance(event, PayoutAccountChanged))
    assert (changed.data.verification, changed.data.currently_due) == ("verified", [])
    assert changed.data.held_until == changed.occurred_at + timedelta(hours=72)
    assert ACCOUNT not in str(changed)
