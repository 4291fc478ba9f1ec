"""What decides whether a user can get the message of a campaign: account status, identities and block list, read together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.circles.repository.blocks import blocks_from_item, blocks_key
from services.shared.security.account_status import NO_SANCTION, AccountStatus, account_status_from_item, account_status_key
from services.shared.security.identities import identities_from_item
from services.shared.table.pages import get_all
from services.shared.table.port import Table


class UserFacts(NamedTuple):
    """status: of the account. identities: all of the user. blocked: the users that the user has blocked."""

    status: AccountStatus
    identities: frozenset[str]
    blocked: tuple[str, ...]


def find_user_facts(table: Table, user_ids: Iterable[str]) -> dict[str, UserFacts]:
    """Return the facts of each user. Cost: 1 read unit per user."""
    unique = list(dict.fromkeys(user_ids))
    items = get_all(table, [key for user_id in unique for key in (blocks_key(user_id), account_status_key(user_id))])
    found = {}
    for user_id in unique:
        status, blocks = items.get(account_status_key(user_id)), items.get(blocks_key(user_id))
        level = account_status_from_item(status) if status else NO_SANCTION
        found[user_id] = UserFacts(level, identities_from_item(status), blocks_from_item(blocks).blocked if blocks else ())
    return found
