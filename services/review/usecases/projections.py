"""What events of other services change in the review service: one function per event class.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from dataclasses import replace

from services.review.domain.succession import Succession
from services.review.repository import people, successions
from services.review.usecases.cohorts import release_seat
from services.review.usecases.ports import Ports
from services.review.usecases.reports import file_report
from services.review.usecases.tenures import change_owner
from services.shared.kernel.clock import next_version
from services.shared.messaging.events import CircleChanged, ContentReported, MembershipChanged, OrderChanged, SuccessionOffered
from services.shared.security.audit import AuditTrail
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save

PAID_STATES = ("paid", "shipped", "received", "completed")


def apply_membership_changed(ports: Ports, event: MembershipChanged) -> None:
    """Store a membership and its inviter, if it is newer.

    A conflict of interest is read from it.
    """
    data = event.data
    attributes = {"role": data.role, "state": data.state, "invited_by": data.invited_by}
    people.put_membership(ports.table, data.user_id, data.circle_id, attributes, event.entity_version)


def apply_order_changed(ports: Ports, event: OrderChanged) -> None:
    """Store that buyer and seller have traded, once an order was paid. It is never deleted."""
    if event.data.state in PAID_STATES:
        people.put_trade(ports.table, event.data.buyer_id, event.data.seller_id)


def apply_circle_changed(ports: Ports, event: CircleChanged) -> None:
    """Release the seat of a closed circle; otherwise store the circle's owner in the tenure."""
    if event.data.state == "closed":
        release_seat(ports, event.data.circle_id)
    else:
        change_owner(ports, event.data.circle_id, event.data.owner_id, event.entity_version)


def apply_succession_offered(ports: Ports, event: SuccessionOffered) -> None:
    """Store a succession that was offered, or withdraw it.

    Unchanged if the event is not newer than the stored version.
    """

    def attempt() -> None:
        data, at, version = event.data, ports.clock(), event.entity_version
        loaded = successions.find_succession(ports.table, data.succession_id)
        if loaded and version <= loaded.entity.source_version:
            return
        if loaded is None:
            fields = (data.succession_id, data.circle_id, data.owner_id, data.candidate_id, data.kind, data.expires_at)
            trail = AuditTrail(salt=ports.new_id("salt"))
            loaded = Versioned(Succession(*fields, version, next_version(0, at), trail), None)
        succession = loaded.entity
        after = (
            succession.withdraw(version, at=at) if data.state == "withdrawn" else replace(succession, source_version=version)
        )
        save(ports.table, loaded.put(successions.succession_to_item(after), ports.new_id))

    retry_on_write_conflict(attempt)


def apply_content_reported(ports: Ports, event: ContentReported) -> None:
    """File a report of a note, comment, message, listing or dormant circle in its case."""
    file_report(ports, event)
