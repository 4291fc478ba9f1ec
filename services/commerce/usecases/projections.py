"""Commerce's own view of circles and people, fed by events: duplicates, reordering and replay change nothing."""

from __future__ import annotations

from services.commerce.repository import listings as repository
from services.commerce.repository.listings import Market, Participant
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import (
    AccountStatusChanged,
    CircleActivated,
    CircleChanged,
    MembershipChanged,
)
from services.shared.security.account_status import put_account_status


def keep_participant(ports: Ports, event: MembershipChanged) -> None:
    data = event.data
    participant = Participant(data.circle_id, data.user_id, data.role, data.state)
    repository.keep_participant(ports.table, participant, event.entity_version)


def keep_owner(ports: Ports, event: CircleActivated | CircleChanged) -> None:
    data = event.data
    market = Market(data.owner_id, data.state in ("read_only", "closed"), data.read_only_until)
    repository.keep_market(ports.table, data.circle_id, market, event.entity_version)


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Take over a person's standing, if this is news."""
    put_account_status(ports.table, event)
