"""The parties of a sale, from the projections of account status and identities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.commerce.domain import Order
from services.commerce.domain.party import Parties, Party
from services.shared.security.account_status import account_status_from_item, account_status_key
from services.shared.security.age import minors_from_item
from services.shared.security.identities import identities_from_item
from services.shared.table.items import Item, Key
from services.shared.table.pages import get_all
from services.shared.table.port import Table


def party_keys(user_ids: Iterable[str]) -> list[Key]:
    """Return the keys of what decides about the rights of these users, to be read in one batch with others."""
    return [account_status_key(user_id) for user_id in user_ids if user_id]


def party_from_items(items: Mapping[Key, Item], user_id: str) -> Party:
    """Return a user whose keys were read."""
    item = items.get(account_status_key(user_id))
    if item is None:
        return Party(user_id)
    return Party(user_id, account_status_from_item(item), identities_from_item(item), minors_from_item(item))


def has_user(table: Table, users: Iterable[str], user_id: str, identity_ids: Collection[str]) -> bool:
    """Whether a user, or another user of one of these identities, is among `users`. Cost: 0.5 read units per user."""
    users = set(users)
    if user_id in users:
        return True
    items = get_all(table, party_keys(sorted(users)) if identity_ids else [])
    return any(not identities_from_item(item).isdisjoint(identity_ids) for item in items.values())


def get_parties_of_order(table: Table, order: Order) -> Parties:
    """Return the parties of an order. Cost: 1.5 read units; 0.5 for an order without a commission."""
    if not order.owner_share or not order.owner_id:
        items = get_all(table, party_keys([order.seller_id]))
        return Parties(Party(order.buyer_id), party_from_items(items, order.seller_id), Party(""))
    users = (order.buyer_id, order.seller_id, order.owner_id)
    items = get_all(table, party_keys(dict.fromkeys(users)))
    return Parties(*(party_from_items(items, user_id) for user_id in users))


def get_users(table: Table, user_ids: Iterable[str]) -> dict[str, Party]:
    """Return users with their identities, by id. Cost: 0.5 read units per user, in one request."""
    users = list(dict.fromkeys(user_ids))
    items = get_all(table, party_keys(users))
    return {user_id: party_from_items(items, user_id) for user_id in users}
