"""The identities behind users, as review publishes them, and the identities that a circle has banned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.shared.messaging.events import AccountVerified
from services.shared.security.identities import put_identity as put_identity_of_user
from services.shared.security.identities import put_user_of_identity
from services.shared.table.items import Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

PAGE_SIZE = 20


def put_identity(table: Table, event: AccountVerified) -> None:
    """Store the identity of a user, and the user in the list of the identity."""
    put_identity_of_user(table, event)
    put_user_of_identity(table, event)


def _ban_key(circle_id: str, identity_id: str, user_id: str) -> Key:
    return Key(f"BANNED#{identity_id}", f"CIRCLE#{circle_id}#{user_id}")


def put_ban(table: Table, circle_id: str, identity_id: str, user_id: str) -> None:
    """Store that a user of this identity was banned. The item stays; whether the ban is in force is in the membership."""
    key = _ban_key(circle_id, identity_id, user_id)
    table.put({**key.attributes(), "circle_id": circle_id, "user_id": user_id}, when=None)


def iter_banned_user_ids(table: Table, circle_id: str, identity_ids: Iterable[str], *, consistent_read: bool) -> Iterator[str]:
    """Yield the users of these identities who were ever banned from the circle."""
    keys = [_ban_key(circle_id, identity_id, "") for identity_id in identity_ids]
    queries = [Query(pk=key.pk, prefix=key.sk, limit=PAGE_SIZE, consistent_read=consistent_read) for key in keys]
    return (item["user_id"] for query in queries for item in query_all(table, query))


def list_circle_ids_with_bans(table: Table, identity_id: str) -> list[str]:
    """Return the circles in which a user of this identity was banned."""
    query = Query(pk=_ban_key("", identity_id, "").pk, prefix="CIRCLE#", limit=100, consistent_read=True)
    return sorted({item["circle_id"] for item in query_all(table, query)})
