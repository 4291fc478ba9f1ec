"""The identities behind users, as review publishes them, and the identities that a circle has banned."""

from __future__ import annotations

from services.shared.messaging.events import AccountVerified
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

MAX_USERS = 20  # of one identity


def identity_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "IDENTITY")


def find_identity_id(table: Table, user_id: str) -> str:
    """Return the id of the identity behind a user; empty if it is unknown."""
    return str((table.get(identity_key(user_id)) or {}).get("identity_id", ""))


def put_identity(table: Table, event: AccountVerified) -> None:
    """Store the identity of a user. Unchanged if the event is not newer."""
    key, data = identity_key(event.data.user_id), event.data
    item: Item = {**key.attributes(), "identity_id": data.identity_id, "version": event.entity_version}
    put_if_newer(table, item)


def _ban_key(circle_id: str, identity_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#BANNED#{identity_id}", user_id)


def put_ban(table: Table, circle_id: str, identity_id: str, user_id: str) -> None:
    """Store that a user of this identity was banned. The item stays; whether the ban is in force is in the membership."""
    table.put({**_ban_key(circle_id, identity_id, user_id).attributes(), "user_id": user_id}, when=None)


def list_banned_user_ids(table: Table, circle_id: str, identity_id: str) -> list[str]:
    page = table.query(Query(pk=_ban_key(circle_id, identity_id, "").pk, limit=MAX_USERS))
    return [item["user_id"] for item in page.items]
