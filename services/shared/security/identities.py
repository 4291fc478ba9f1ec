"""The identities behind a user: the verified real persons, as review publishes them.

Each service that compares users stores a copy in the item of the account status, because most readers need both. Every identity
that a user was ever verified under counts: a later verification hides no earlier one, and events arrive in any order.
"""

from __future__ import annotations

from services.shared.messaging.events import AccountVerified
from services.shared.security import age
from services.shared.security.account_status import account_status_key
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

PREFIX = "identity_"  # of the attributes of the item of the account status: one per identity


def put_identity(table: Table, event: AccountVerified, *, stores_age: bool = False) -> None:
    """Store that the user belongs to the identity. It is never deleted.

    stores_age: whether the service limits minors; the day on which one turns 18 is then stored too.

    Each identity is an attribute of its own, so that two events at once need no read, and a repeat changes nothing.
    """
    data = event.data
    change: Item = {"user_id": data.user_id, f"{PREFIX}{data.identity_id}": True}
    if stores_age and data.adult_on:
        change[f"{age.PREFIX}{data.identity_id}"] = data.adult_on.isoformat()
    table.update(account_status_key(data.user_id), when=None, set=change, add={"version": 0})  # as `put_sign_out`


def list_identity_ids(table: Table, user_id: str, *, consistent_read: bool = False) -> list[str]:
    """Return the ids of all identities of a user; empty if none is known.

    Cost: 0.5 read units; 1 with `consistent_read`.
    """
    return sorted(identities_from_item(table.get(account_status_key(user_id), consistent_read=consistent_read)))


def identities_from_item(item: Item | None) -> frozenset[str]:
    """Return the identities of an item that was read by its key, for example in a batch with others."""
    return frozenset(name.removeprefix(PREFIX) for name in item or () if name.startswith(PREFIX))


def put_user_of_identity(table: Table, event: AccountVerified) -> None:
    """Store the user in the list of the identity, in services that find the other users of an identity."""
    data = event.data
    table.put({**_user_of_identity_key(data.identity_id, data.user_id).attributes(), "user_id": data.user_id}, when=None)


def list_users_of_identity(table: Table, identity_id: str) -> list[str]:
    """Return the known users of an identity, with consistent reads: a user who is added meanwhile must not be missed."""
    query = Query(pk=_user_of_identity_key(identity_id, "").pk, prefix="USER#", limit=100, consistent_read=True)
    return [item["user_id"] for item in query_all(table, query)]


def _user_of_identity_key(identity_id: str, user_id: str) -> Key:
    return Key(f"IDENTITY#{identity_id}", f"USER#{user_id}")
