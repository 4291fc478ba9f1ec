"""The events that the review service subscribes to, and the use case that applies each."""

from services.review import usecases
from services.shared.messaging.events import (
    AccountDeleted,
    CircleActivated,
    CircleChanged,
    CircleDormant,
    CommentChanged,
    DifferenceReported,
    DisputeChanged,
    ExportRequested,
    ListingRemoved,
    ListingReported,
    MemberActive,
    MemberOpened,
    MembershipChanged,
    MessageReported,
    NoteChanged,
    NotePosted,
    NoteReported,
    OrderChanged,
    OrderSuspected,
    PaymentReported,
    SellingReported,
    SignedOut,
    SuccessionOffered,
    TradesReported,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    MembershipChanged: usecases.apply_membership_changed,
    SignedOut: usecases.apply_signed_out,
    CircleChanged: usecases.apply_circle_changed,
    SuccessionOffered: usecases.apply_succession_offered,
    OrderChanged: usecases.apply_order_changed,
    OrderSuspected: usecases.apply_order_suspected,
    NoteReported: usecases.apply_content_reported,
    CircleDormant: usecases.apply_content_reported,
    MessageReported: usecases.apply_content_reported,
    ListingReported: usecases.apply_content_reported,
    ListingRemoved: usecases.apply_listing_removed,
    PaymentReported: usecases.apply_content_reported,
    SellingReported: usecases.apply_content_reported,
    DifferenceReported: usecases.apply_content_reported,
    TradesReported: usecases.apply_content_reported,
    DisputeChanged: usecases.apply_dispute_changed,
    ExportRequested: usecases.apply_export_requested,
    AccountDeleted: usecases.apply_account_deleted,
    MemberActive: usecases.apply_member_active,
    MemberOpened: usecases.apply_member_opened,
    NotePosted: usecases.apply_note_posted,
    NoteChanged: usecases.apply_note_changed,
    CommentChanged: usecases.apply_comment_changed,
    CircleActivated: usecases.apply_circle_activated,
}
# The events with facts of product metrics, which the archive gets by an inbox queue of its own.
ARCHIVED = frozenset(
    {
        CircleActivated,
        CommentChanged,
        MemberActive,
        MemberOpened,
        MembershipChanged,
        NoteChanged,
        NotePosted,
        OrderChanged,
        OrderSuspected,
    }
)
