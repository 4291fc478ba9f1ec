"""What events of other services change in the commerce service: one function per event class.

Delivery is at least once and in any order: each function leaves the same state for a repeated or late event.
"""

from __future__ import annotations

from services.commerce.domain.circle import Circle, Member
from services.commerce.repository import circles, sources
from services.commerce.usecases.disputes import apply_ruling
from services.commerce.usecases.erasure import plan_deletion_check
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.selling_reports import report_pause
from services.commerce.usecases.suspicions import decide_trades
from services.commerce.usecases.take_downs import reverse_removal, take_listing_down
from services.shared.erasure.jobs import plan_erasure
from services.shared.exports.jobs import plan_export
from services.shared.messaging.events import (
    AccountDeleted,
    AccountStatusChanged,
    AccountVerified,
    BlocksChanged,
    CircleActivated,
    CircleChanged,
    DeletionRequested,
    DisputeRuled,
    ExportRequested,
    MembershipChanged,
    NoteChanged,
    ReviewerChanged,
    SignedOut,
    TakeDownChanged,
    TradesDecided,
)
from services.shared.security.account_status import put_account_status, put_sign_out
from services.shared.security.identities import put_identity
from services.shared.security.reviewers import put_reviewer
from services.shared.security.selling import Selling
from services.shared.table.blocks import put_block_list
from services.shared.table.purging import plan_purge


def apply_deletion_requested(ports: Ports, event: DeletionRequested) -> None:
    """Plan the check of a user's trades."""
    plan_deletion_check(ports, event)


def apply_account_deleted(ports: Ports, event: AccountDeleted) -> None:
    """Plan the erasure of a user. Unchanged if it is planned."""
    plan_erasure(ports, event)


def apply_membership_changed(ports: Ports, event: MembershipChanged) -> None:
    """Store a member's role, state and mute."""
    data = event.data
    member = Member(data.circle_id, data.user_id, data.role, data.state, data.muted_until)
    circles.put_member(ports.table, member, event.entity_version)


def apply_note_changed(ports: Ports, event: NoteChanged) -> None:
    """Store whether a note with product cards is visible. Other notes lead to no order."""
    if event.data.has_cards:
        sources.put_note_state(ports.table, event)


def apply_blocks_changed(ports: Ports, event: BlocksChanged) -> None:
    """Store which users a user has blocked: the user sees and buys none of their listings."""
    put_block_list(ports.table, event)


def apply_circle_activated(ports: Ports, event: CircleActivated) -> None:
    """Store a new circle's owner."""
    _put_circle(ports, event)


def apply_circle_changed(ports: Ports, event: CircleChanged) -> None:
    """Store what decides about a circle's sales. Report a pause of them; plan the purge of a closed circle."""
    _put_circle(ports, event)
    report_pause(ports, event)
    if event.data.state == "closed":
        plan_purge(ports.table, event.data.circle_id, event.occurred_at)


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Store a user's account status."""
    put_account_status(ports.table, event)


def apply_signed_out(ports: Ports, event: SignedOut) -> None:
    """Store that a user signed out everywhere."""
    put_sign_out(ports.table, event.data.user_id, event.data.signed_out_at)


def apply_account_verified(ports: Ports, event: AccountVerified) -> None:
    """Store that a user belongs to an identity, and of a minor the day on which they turn 18."""
    put_identity(ports.table, event, stores_age=True)


def apply_take_down_changed(ports: Ports, event: TakeDownChanged) -> None:
    """Take a listing down, end its take-down, or reverse its removal. Cases of other services and kinds change nothing.

    The event that a removal can be appealed changes nothing either: commerce published the removal.
    """
    if event.data.service != "commerce":
        return
    if event.data.kind == "listing":
        take_listing_down(ports, event)
    elif event.data.kind == "listing_removal" and not event.data.is_active:
        reverse_removal(ports, event)


def apply_dispute_ruled(ports: Ports, event: DisputeRuled) -> None:
    """Apply the ruling of two reviewers on a dispute. Unchanged if the dispute has ended.

    Cost: 7 write units and 2 read units.
    """
    apply_ruling(ports, event)


def apply_trades_decided(ports: Ports, event: TradesDecided) -> None:
    """Store what a reviewer decided about a group of suspected orders. Unchanged if a decision is stored.

    Cost: 4 write units and 1 read unit.
    """
    decide_trades(ports, event)


def apply_reviewer_changed(ports: Ports, event: ReviewerChanged) -> None:
    """Store whether a user is an enrolled reviewer, who can read about users."""
    put_reviewer(ports.table, event)


def apply_export_requested(ports: Ports, event: ExportRequested) -> None:
    """Plan the service's part of a data export. Unchanged if it is planned or written."""
    plan_export(ports, event)


def _put_circle(ports: Ports, event: CircleActivated | CircleChanged) -> None:
    data = event.data
    selling = Selling(data.activated_at, data.selling_paused_until)
    circle = Circle(data.owner_id, data.state in ("read_only", "closed"), data.read_only_until, selling)
    circles.put_circle(ports.table, data.circle_id, circle, event.entity_version)
