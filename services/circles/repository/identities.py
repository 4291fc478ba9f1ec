"""Which accounts are the same human's, as review tells, and which humans a circle has banned."""

from __future__ import annotations

from services.shared.messaging.events import AccountVerified
from services.shared.table.port import (
    Item,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import put_if_newer


def identity_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "HUMAN")


def find_identity(table: Table, user_id: str) -> str:
    """The name of the human behind an account; empty for whom nobody knows."""
    return str((table.get(identity_key(user_id)) or {}).get("identity_id", ""))


def apply_account_verified(table: Table, event: AccountVerified) -> None:
    """Take it over, if it is newer."""
    key, data = identity_key(event.data.user_id), event.data
    item: Item = {**key.attributes(), "identity_id": data.identity_id, "version": event.entity_version}
    put_if_newer(table, item)


def _ban_key(circle_id: str, identity_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#BANNED#{identity_id}", user_id)


def keep_ban(table: Table, circle_id: str, identity_id: str, user_id: str) -> None:
    """That a human's account was banned. It stays: whether the ban holds is read from the membership."""
    table.put({**_ban_key(circle_id, identity_id, user_id).attributes(), "user_id": user_id}, when=None)


def banned_accounts(table: Table, circle_id: str, identity_id: str) -> list[str]:
    page = table.query(Query(pk=_ban_key(circle_id, identity_id, "").pk, limit=20))
    return [row["user_id"] for row in page.items]
