"""A user as payee or operator of a payout, from the projections of account status and identities."""

from __future__ import annotations

from services.commerce.domain.party import Party
from services.shared.security.account_status import get_account_status
from services.shared.security.identities import list_identity_ids
from services.shared.table.port import Table


def get_payee(table: Table, user_id: str) -> Party:
    """Return a user with account status and identities of now. Cost: 2 read units."""
    status = get_account_status(table, user_id, consistent_read=True)
    return Party(user_id, status, frozenset(list_identity_ids(table, user_id, consistent_read=True)))
