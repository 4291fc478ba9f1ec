"""The accounts of users at the provider, one per user, with an index by the provider's id."""

from __future__ import annotations

from services.commerce.domain.payout_account import PayoutAccount, Verification
from services.commerce.errors import PayoutAccountMissing
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

ACCOUNT_INDEX = "gsi1"
NUMBERS = ("requested", "version")
TEXTS = ("user_id", "account_id", "day")


def payout_account_key(user_id: str) -> Key:
    return Key(f"PAYEE#{user_id}", "ACCOUNT")


def get_payout_account(table: Table, user_id: str, *, consistent_read: bool = False) -> PayoutAccount:
    """Return the account of a user; one without an id if the user has set none."""
    return PAYOUT_ACCOUNTS.find(table, payout_account_key(user_id), consistent_read=consistent_read) or PayoutAccount(user_id)


def load_payout_account(table: Table, user_id: str) -> Versioned[PayoutAccount]:
    return PAYOUT_ACCOUNTS.load_or(table, payout_account_key(user_id), PayoutAccount(user_id))


def list_account_users(table: Table, account_id: str) -> list[str]:
    """Return the users who have this account at the provider, as a rule one."""
    query = Query(pk=f"PROVIDER_ACCOUNT#{account_id}", index=ACCOUNT_INDEX, limit=100)
    return [item["gsi1sk"] for item in query_all(table, query)]


def payout_account_to_item(account: PayoutAccount) -> Item:
    item: Item = {**payout_account_key(account.user_id).attributes(), "verification": str(account.verification)}
    item |= {name: getattr(account, name) for name in (*TEXTS, *NUMBERS)}
    item["currently_due"] = list(account.currently_due)
    if account.account_id:
        item |= {"gsi1pk": f"PROVIDER_ACCOUNT#{account.account_id}", "gsi1sk": account.user_id}
    if account.held_until:
        item["held_until"] = millis(account.held_until)
    return item


def payout_account_from_item(item: Item) -> PayoutAccount:
    return PayoutAccount(
        **{name: item[name] for name in (*TEXTS, *NUMBERS)},
        verification=Verification(item["verification"]),
        currently_due=tuple(item["currently_due"]),
        held_until=from_millis(item["held_until"]) if "held_until" in item else None,
    )


PAYOUT_ACCOUNTS = EntityStore(payout_account_to_item, payout_account_from_item, PayoutAccountMissing)
