"""The identities behind a user: the verified real persons, as review publishes them.

Each service that compares users stores a copy. Every identity that a user was ever verified under counts: a later
verification hides no earlier one, and events arrive in any order.
"""

from __future__ import annotations

from services.shared.messaging.events import AccountVerified
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_absent

PREFIX = "IDENTITY#"


def identity_key(user_id: str, identity_id: str) -> Key:
    return Key(f"USER#{user_id}", f"{PREFIX}{identity_id}")


def put_identity(table: Table, event: AccountVerified) -> None:
    """Store that the user belongs to the identity. It is never deleted."""
    data = event.data
    put_if_absent(table, {**identity_key(data.user_id, data.identity_id).attributes(), "identity_id": data.identity_id})


def list_identity_ids(table: Table, user_id: str, *, consistent_read: bool = False) -> list[str]:
    """Return the ids of all identities of a user; empty if none is known.

    Cost: 0.5 read units; 1 with `consistent_read`.
    """
    query = Query(pk=f"USER#{user_id}", prefix=PREFIX, limit=100, consistent_read=consistent_read)
    return [item["identity_id"] for item in query_all(table, query)]


def is_identity(item: Item) -> bool:
    return bool(item["sk"].startswith(PREFIX))
