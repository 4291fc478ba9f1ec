"""What events of other services change in the review service: one function per event class.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.review.domain.succession import Succession
from services.review.repository import people, successions
from services.review.usecases.cohorts import release_seat
from services.review.usecases.disputes import update_dispute
from services.review.usecases.ports import Ports
from services.review.usecases.product_facts import record_fact
from services.review.usecases.reports import file_report, open_removal_case
from services.review.usecases.tenures import apply_circle_to_tenure
from services.shared.erasure.jobs import plan_erasure
from services.shared.exports.jobs import plan_export
from services.shared.kernel.clock import next_version
from services.shared.messaging.events import (
    AccountDeleted,
    CircleActivated,
    CircleChanged,
    CommentChanged,
    ContentReported,
    DisputeChanged,
    ExportRequested,
    ListingRemoved,
    MemberActive,
    MemberOpened,
    MembershipChanged,
    NoteChanged,
    NotePosted,
    OrderChanged,
    OrderSuspected,
    SignedOut,
    SuccessionOffered,
)
from services.shared.security.account_status import put_sign_out
from services.shared.security.audit import AuditTrail
from services.shared.table.purging import plan_purge
from services.shared.table.versioned import update


def apply_membership_changed(ports: Ports, event: MembershipChanged) -> None:
    """Store a membership if it is newer, and add its inviter to those of the user. Record a new member.

    A conflict of interest is read from both.
    """
    people.put_membership(ports.table, event)
    record_fact(ports, event)


def apply_signed_out(ports: Ports, event: SignedOut) -> None:
    """Store that a user signed out everywhere, beside their sanction record."""
    put_sign_out(ports.table, event.data.user_id, event.data.signed_out_at)


def apply_order_changed(ports: Ports, event: OrderChanged) -> None:
    """Record whether the order counts in figures. Once it was paid, store that buyer and seller have traded, for good."""
    if event.data.is_paid:
        people.put_trade(ports.table, event.data.buyer_id, event.data.seller_id)
    record_fact(ports, event)


def apply_order_suspected(ports: Ports, event: OrderSuspected) -> None:
    """Record that an order may be wash trade or is fake, so that no figure counts it, or that it is genuine."""
    record_fact(ports, event)


def apply_member_active(ports: Ports, event: MemberActive) -> None:
    """Record a day on which a member wrote in the chats of a circle."""
    record_fact(ports, event)


def apply_member_opened(ports: Ports, event: MemberOpened) -> None:
    """Record a day on which a member read in a circle."""
    record_fact(ports, event)


def apply_note_posted(ports: Ports, event: NotePosted) -> None:
    """Record a note."""
    record_fact(ports, event)


def apply_note_changed(ports: Ports, event: NoteChanged) -> None:
    """Record that a note has ended, or is visible again."""
    record_fact(ports, event)


def apply_comment_changed(ports: Ports, event: CommentChanged) -> None:
    """Record a comment, or that it has ended."""
    record_fact(ports, event)


def apply_circle_activated(ports: Ports, event: CircleActivated) -> None:
    """Record when a circle was activated, and whether it has a tag."""
    record_fact(ports, event)


def apply_circle_changed(ports: Ports, event: CircleChanged) -> None:
    """Release the seat of a closed circle and plan its purge; otherwise store owner and state of the circle in the tenure."""
    if event.data.state == "closed":
        release_seat(ports, event.data.circle_id)
        plan_purge(ports.table, event.data.circle_id, event.occurred_at)
    else:
        apply_circle_to_tenure(ports, event)


def apply_succession_offered(ports: Ports, event: SuccessionOffered) -> None:
    """Store a succession that was offered, or withdraw it.

    Unchanged if the event is not newer than the stored version.
    """

    data, source_version = event.data, event.entity_version
    fields = (data.succession_id, data.circle_id, data.owner_id, data.candidate_id, data.kind, data.expires_at)
    new = Succession(*fields, source_version=0, version=0, trail=AuditTrail(salt=ports.new_id("salt")))

    def change(before: Succession) -> Succession:
        if source_version <= before.source_version:
            return before
        if data.state == "withdrawn":
            return before.withdraw(source_version, at=ports.clock())
        return replace(before, source_version=source_version, version=next_version(before.version, ports.clock()))

    update(ports, partial(successions.load_succession_or, ports.table, new), change)


def apply_content_reported(ports: Ports, event: ContentReported) -> None:
    """File a report of a note, comment, message, listing, dormant circle, payment or movement of money in its case."""
    file_report(ports, event)


def apply_listing_removed(ports: Ports, event: ListingRemoved) -> None:
    """Open the case of a listing that a moderator removed. Unchanged if it is open."""
    open_removal_case(ports, event)


def apply_dispute_changed(ports: Ports, event: DisputeChanged) -> None:
    """Store a dispute of an order, or that it has an answer or has ended. Unchanged if the stored one is as new or newer.

    Cost: 2 write units and 1 read unit.
    """
    update_dispute(ports, event)


def apply_account_deleted(ports: Ports, event: AccountDeleted) -> None:
    """Plan the erasure of a user. Unchanged if it is planned."""
    plan_erasure(ports, event)


def apply_export_requested(ports: Ports, event: ExportRequested) -> None:
    """Plan the service's part of a data export. Unchanged if it is planned or written."""
    plan_export(ports, event)
