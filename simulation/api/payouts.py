"""Sets up the balance, the account and the payout of the moderator of an `ApiFixture`, who sells."""

from __future__ import annotations

from services.commerce.adapters.payments import AccountState
from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.repository.balances import count_entries
from services.commerce.repository.ledger import append_entry
from services.commerce.settings import settings
from services.shared.kernel.ids import new_id
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import service_module
from simulation.settings import overridden

ACCOUNT, OTHER_ACCOUNT = "acct_1001", "acct_2002"
EARNED, LARGE = 100_000_000, 6_000_000  # the second is above the limit of a day


def add_payouts(api: ApiFixture) -> None:
    """Let the moderator earn money, and request a payout that two operators must approve. The operator is verified."""
    ports = service_module("wiring", "commerce").ports()
    for account_id in (ACCOUNT, OTHER_ACCOUNT):
        ports.payments.set_account(account_id, AccountState.VERIFIED)
    seller = f"seller:{api.users['moderator'].user_id}"
    earned = LedgerEntry(
        new_id("ord"),
        EntryReason.CAPTURE,
        "CNY",
        (EntryLine("cash", EARNED), EntryLine(seller, -EARNED)),
        payment_id="pay_earned",
    )
    writes = [append_entry(earned, is_counted=True), *count_entries([earned], ports.clock())]
    ports.table.transact(writes, token=new_id("txn"))
    with overridden(settings, payout_hold=settings().payout_hold * 0):
        body = {"account_id": ACCOUNT}
        api.call_path("commerce", "moderator", "PUT", "/payout-account", body=body, headers={"if-match": '"0"'})
    payout = api.call_path(
        "commerce", "moderator", "POST", "/payouts", body={"source": "seller", "amount": LARGE, "currency": "CNY"}
    )
    api.ids["payout_id"] = payout["payout_id"]
    token = {"real_name_token": api.real_name_token(api.users["operator"], "operator")}
    api.call_path("review", "operator", "PUT", "/identity", body=token)
    api.gateway.run_streams()
