"""The events that the commerce service subscribes to, and the use case that applies each."""

from services.commerce import usecases
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
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    BlocksChanged: usecases.apply_blocks_changed,
    CircleActivated: usecases.apply_circle_activated,
    CircleChanged: usecases.apply_circle_changed,
    MembershipChanged: usecases.apply_membership_changed,
    NoteChanged: usecases.apply_note_changed,
    SignedOut: usecases.apply_signed_out,
    AccountStatusChanged: usecases.apply_account_status_changed,
    AccountVerified: usecases.apply_account_verified,
    ReviewerChanged: usecases.apply_reviewer_changed,
    ExportRequested: usecases.apply_export_requested,
    TakeDownChanged: usecases.apply_take_down_changed,
    AccountDeleted: usecases.apply_account_deleted,
    DeletionRequested: usecases.apply_deletion_requested,
    DisputeRuled: usecases.apply_dispute_ruled,
    TradesDecided: usecases.apply_trades_decided,
}
