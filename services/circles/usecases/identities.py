"""A ban sticks to the human, as far as their accounts are known, and not to one account."""

from __future__ import annotations

from services.circles.domain import MemberState
from services.circles.repository import circles
from services.circles.repository import identities as repository
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import AccountVerified


def apply_account_verified(ports: Ports, event: AccountVerified) -> None:
    """Take over who is behind an account; where it is banned already, its human is from now on."""
    repository.apply_account_verified(ports.table, event)
    for circle_id in circles.list_joined(ports.table, event.data.user_id):
        loaded = circles.find_member(ports.table, circle_id, event.data.user_id, consistent_read=True)
        if loaded and loaded.entity.state is MemberState.BANNED:
            repository.keep_ban(ports.table, circle_id, event.data.identity_id, event.data.user_id)


def ban_identity(ports: Ports, circle_id: str, user_id: str) -> None:
    """Remember whose account was banned, if that is known."""
    if identity_id := repository.find_identity(ports.table, user_id):
        repository.keep_ban(ports.table, circle_id, identity_id, user_id)


def is_identity_banned(ports: Ports, circle_id: str, user_id: str) -> bool:
    """Whether another account of the same human is under a ban that holds now. Half a unit; more for whom it is known of."""
    identity_id = repository.find_identity(ports.table, user_id)
    if not identity_id:
        return False
    others = [one for one in repository.banned_accounts(ports.table, circle_id, identity_id) if one != user_id]
    found = [circles.find_member(ports.table, circle_id, one) for one in others]
    return any(one.entity.is_banned(ports.clock()) for one in found if one)
