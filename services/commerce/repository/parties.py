"""The parties of a sale, from the projections of account status and identities."""

from __future__ import annotations

from collections.abc import Iterable

from services.commerce.domain import Order
from services.commerce.domain.party import Parties, Party
from services.shared.security.account_status import NO_SANCTION, account_status_from_item, account_status_key
from services.shared.security.identities import identity_key, is_identity
from services.shared.table.items import Query
from services.shared.table.pages import get_all, query_all
from services.shared.table.port import Table


def get_parties(table: Table, *, buyer_id: str, seller_id: str, owner_id: str) -> Parties:
    """Return the parties of a sale. Cost: 0.5 read units per user."""
    parties = {user_id: _get_party(table, user_id) for user_id in dict.fromkeys((buyer_id, seller_id, owner_id))}
    return Parties(parties[buyer_id], parties[seller_id], parties[owner_id])


def has_user(table: Table, users: Iterable[str], user_id: str, identity_ids: Iterable[str]) -> bool:
    """Whether a user, or another user of one of these identities, is among `users`. Cost: 0.5 read units per pair."""
    users, identity_ids = set(users), sorted(identity_ids)
    keys = [identity_key(user, identity_id) for user in sorted(users) for identity_id in identity_ids]
    return user_id in users or bool(keys and get_all(table, keys))


def get_parties_of_order(table: Table, order: Order) -> Parties:
    """Return the parties of an order. Cost: 1.5 read units; 0.5 for an order without a commission."""
    if not order.owner_share or not order.owner_id:
        return Parties(Party(order.buyer_id), _get_party(table, order.seller_id), Party(""))
    return get_parties(table, buyer_id=order.buyer_id, seller_id=order.seller_id, owner_id=order.owner_id)


def _get_party(table: Table, user_id: str) -> Party:
    """Return a user with account status and identities, by one query: all of them are in the partition of the user."""
    if not user_id:
        return Party("")
    status_key = account_status_key(user_id)
    items = list(query_all(table, Query(pk=status_key.pk, limit=100)))
    status = next((account_status_from_item(item) for item in items if item["sk"] == status_key.sk), NO_SANCTION)
    return Party(user_id, status, frozenset(item["identity_id"] for item in items if is_identity(item)))
