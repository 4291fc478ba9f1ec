"""Accounts of payees, and payouts to them."""

from __future__ import annotations

import pytest

from services.commerce.adapters.payments import AccountState, ProviderAccount, ProviderDenied
from tests.provider.harness import Harness
from tests.provider.steps import A, events, paid, yuan

VERIFIED, PENDING, RESTRICTED = AccountState.VERIFIED, AccountState.PENDING, AccountState.RESTRICTED
MEI = "acct_mei"


def test_m17_an_account_is_read_as_it_is_now(at: Harness) -> None:
    at.set_account(MEI, PENDING, "identity_document", "bank_card")
    assert at.provider.get_account(MEI) == ProviderAccount(MEI, PENDING, ("identity_document", "bank_card"))
    at.set_account(MEI, VERIFIED)
    assert at.provider.get_account(MEI) == ProviderAccount(MEI, VERIFIED)
    assert [tuple(event[name] for name in ("type", "account_id", "state")) for event in events(at, 2)] == [
        ("account.updated", MEI, "pending"),
        ("account.updated", MEI, "verified"),
    ]


def test_m17_an_unknown_account_is_denied(at: Harness) -> None:
    with pytest.raises(ProviderDenied):
        at.provider.get_account("acct_unknown")
    with pytest.raises(ProviderDenied):
        at.provider.pay_out("acct_unknown", yuan(1), "p1")


def test_m17_the_same_payout_twice_is_one(at: Harness) -> None:
    paid(at, A)
    at.set_account(MEI, VERIFIED)
    for _ in range(3):
        at.provider.pay_out(MEI, yuan(9_000), "p1")
    (payout,) = (event for event in events(at, 3) if event["type"] == "payout.succeeded")
    assert (payout["account_id"], payout["reference"], payout["amount"], payout["currency"]) == (MEI, "p1", 9_000, "CNY")
    assert payout["payout_id"]


def test_m17_a_reference_of_another_payout_is_denied(at: Harness) -> None:
    paid(at, A)
    for account_id in (MEI, "acct_hao"):
        at.set_account(account_id, VERIFIED)
    at.provider.pay_out(MEI, yuan(100), "p1")
    for account_id, fen in (("acct_hao", 100), (MEI, 200)):
        with pytest.raises(ProviderDenied):
            at.provider.pay_out(account_id, yuan(fen), "p1")


@pytest.mark.parametrize("fen", [0, -1])
def test_m17_an_impossible_amount_is_denied(at: Harness, fen: int) -> None:
    at.set_account(MEI, VERIFIED)
    with pytest.raises(ProviderDenied):
        at.provider.pay_out(MEI, yuan(fen), "p1")


@pytest.mark.parametrize(("state", "due"), [(PENDING, ()), (RESTRICTED, ()), (VERIFIED, ("bank_card",))])
def test_m17_a_payout_to_an_account_that_is_not_verified_fails_by_an_event(
    at: Harness, state: AccountState, due: tuple[str, ...]
) -> None:
    paid(at, A)
    at.set_account(MEI, state, *due)
    for _ in range(2):
        at.provider.pay_out(MEI, yuan(100), "p1")
    (payout,) = (event for event in events(at, 3) if event["type"].startswith("payout."))
    assert (payout["type"], payout["reference"], payout["reason"]) == ("payout.failed", "p1", "account_not_verified")


def test_m17_payouts_never_exceed_what_the_provider_holds(at: Harness) -> None:
    payment_id = paid(at, A).payments[A]
    at.set_account(MEI, VERIFIED)
    at.provider.refund(payment_id, yuan(1_000), "r1")
    at.open_chargeback(payment_id, yuan(2_000))
    for reference, fen in (("p1", 7_001), ("p2", 7_000), ("p3", 1)):
        at.provider.pay_out(MEI, yuan(fen), reference)
    payouts = {event["reference"]: event["type"] for event in events(at, 7) if event["type"].startswith("payout.")}
    assert payouts == {"p1": "payout.failed", "p2": "payout.succeeded", "p3": "payout.failed"}
