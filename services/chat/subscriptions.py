"""The events that the chat service subscribes to, and the use case that applies each."""

from services.chat import usecases
from services.shared.messaging.events import (
    AccountDeleted,
    AccountStatusChanged,
    BlocksChanged,
    CircleActivated,
    CircleChanged,
    ExportRequested,
    ListingChanged,
    MembershipChanged,
    SignedOut,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    BlocksChanged: usecases.apply_blocks_changed,
    CircleActivated: usecases.apply_circle_activated,
    CircleChanged: usecases.apply_circle_changed,
    MembershipChanged: usecases.apply_membership_changed,
    SignedOut: usecases.apply_signed_out,
    ListingChanged: usecases.apply_listing_changed,
    AccountStatusChanged: usecases.apply_account_status_changed,
    ExportRequested: usecases.apply_export_requested,
    AccountDeleted: usecases.apply_account_deleted,
}
