"""Payouts, stored by user, in the index of what is due, or of what operators must approve.

The payable balance of the payee changes in the transaction of the request alone. Otherwise the stream counts the entries.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.commerce.domain.money import Money
from services.commerce.domain.payout import EndReason, Payout, PayoutSource, PayoutState, payout_entry
from services.commerce.errors import PayoutNotFound
from services.commerce.repository.balances import balance_key, count_entries
from services.commerce.repository.ledger import append_entry, find_entry
from services.commerce.repository.orders import DUE_INDEX, Due, due_attributes
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.port import Table, Write
from services.shared.table.versioned import Versioned

PREFIX = "PAYOUT#"
TO_APPROVE = "PAYOUTS_TO_APPROVE"  # a partition of the due index: few payouts are above the limit
MOMENTS = ("created_at", "sent_at", "due_at")


def payout_key(user_id: str, payout_id: str) -> Key:
    return Key(f"PAYEE#{user_id}", f"{PREFIX}{payout_id}")


def get_payout(table: Table, user_id: str, payout_id: str) -> Payout:
    return PAYOUTS.get(table, payout_key(user_id, payout_id), consistent_read=True)


def load_payout(table: Table, user_id: str, payout_id: str) -> Versioned[Payout]:
    return PAYOUTS.load(table, payout_key(user_id, payout_id))


def load_due_payout(table: Table, key: Due) -> Versioned[Payout]:
    return PAYOUTS.load(table, key)


def is_payout_key(key: Due) -> bool:
    return key.sk.startswith(PREFIX)


def list_payouts(table: Table, user_id: str, page: PageRequest) -> Page[Payout]:
    """Return a page of a user's payouts, newest first."""
    query = Query(pk=f"PAYEE#{user_id}", prefix=PREFIX, limit=page.limit, start=page.start, newest_first=True)
    return PAYOUTS.list(table, query)


def list_payouts_to_approve(table: Table, page: PageRequest) -> Page[Payout]:
    """Return a page of the payouts that operators must approve, the oldest first."""
    query = Query(pk=TO_APPROVE, index=DUE_INDEX, limit=page.limit, start=page.start)
    return PAYOUTS.list_by_index(table, query, lambda payout: payout.state is PayoutState.AWAITING_APPROVAL)


def find_payee_id(table: Table, payout_id: str) -> str:
    """Return the user of a payout, whose ledger entry names them; empty if it does not exist. Cost: 0.5 read units."""
    entry = find_entry(table, payout_id, "payout")
    return entry.lines[0].ledger_account.partition(":")[2] if entry else ""


def request_writes(payout: Payout, at: datetime) -> list[Write]:
    """Return the writes that take the amount of a new payout from the balance.

    The condition fails if the balance is less, so of payouts at once none makes it negative.
    """
    entry = payout_entry(payout)
    is_enough = Attr("balance").le(-payout.amount.amount)  # a credit is negative
    conditions = {balance_key(payout.ledger_account, payout.amount.currency): is_enough}
    return [append_entry(entry, is_counted=True), *count_entries([entry], at, conditions)]


def payout_to_item(payout: Payout) -> Item:
    item: Item = {
        **payout_key(payout.user_id, payout.id).attributes(),
        "id": payout.id,
        "user_id": payout.user_id,
        "source": str(payout.source),
        "amount": payout.amount.amount,
        "currency": payout.amount.currency,
        "account_id": payout.account_id,
        "version": payout.version,
        "state": str(payout.state),
        "needs_approval": payout.needs_approval,
        "approver_ids": list(payout.approver_ids),
        "reason": str(payout.reason) if payout.reason else "",
        "note": payout.note,
        "is_reported": payout.is_reported,
    }
    item |= {name: millis(moment) for name in MOMENTS if (moment := getattr(payout, name))}
    if payout.state is PayoutState.AWAITING_APPROVAL:
        return item | {"gsi2pk": TO_APPROVE, "gsi2sk": payout.id}
    return item | due_attributes(payout.due_at, payout.id, payout.id)


def payout_from_item(item: Item) -> Payout:
    names = ("id", "user_id", "account_id", "version", "needs_approval", "note", "is_reported")
    fields: dict[str, Any] = {name: item[name] for name in names}
    fields |= {name: from_millis(item[name]) for name in MOMENTS if name in item}
    return Payout(
        **fields,
        source=PayoutSource(item["source"]),
        amount=Money(item["amount"], item["currency"]),
        state=PayoutState(item["state"]),
        approver_ids=tuple(item["approver_ids"]),
        reason=EndReason(item["reason"]) if item["reason"] else None,
    )


PAYOUTS = EntityStore(payout_to_item, payout_from_item, PayoutNotFound)
