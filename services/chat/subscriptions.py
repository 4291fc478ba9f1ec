"""The events that the chat service subscribes to, and the use case that applies each."""

from services.chat import usecases
from services.shared.messaging.events import (
    AccountStatusChanged,
    ApplicationExpired,
    ApplicationRejected,
    ApplicationWaitlisted,
    BlocksChanged,
    CircleActivated,
    CircleChanged,
    CommentChanged,
    ExportRequested,
    InformationRequested,
    ListingChanged,
    MembershipChanged,
    NoteChanged,
    NoteLiked,
    OrderChanged,
    SeatGranted,
    SignedOut,
    SuccessionDecided,
    SuccessionOffered,
    TakeDownChanged,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    BlocksChanged: usecases.apply_blocks_changed,
    CircleActivated: usecases.apply_circle_activated,
    CircleChanged: usecases.apply_circle_changed,
    CommentChanged: usecases.apply_comment_changed,
    NoteChanged: usecases.apply_note_changed,
    NoteLiked: usecases.apply_note_liked,
    MembershipChanged: usecases.apply_membership_changed,
    SignedOut: usecases.apply_signed_out,
    ListingChanged: usecases.apply_listing_changed,
    AccountStatusChanged: usecases.apply_account_status_changed,
    ApplicationExpired: usecases.apply_application_decided,
    ApplicationRejected: usecases.apply_application_decided,
    ApplicationWaitlisted: usecases.apply_application_decided,
    InformationRequested: usecases.apply_application_decided,
    SeatGranted: usecases.apply_seat_granted,
    SuccessionOffered: usecases.apply_succession_offered,
    SuccessionDecided: usecases.apply_succession_decided,
    TakeDownChanged: usecases.apply_take_down_changed,
    OrderChanged: usecases.apply_order_changed,
    ExportRequested: usecases.apply_export_requested,
}
