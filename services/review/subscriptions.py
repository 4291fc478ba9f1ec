"""The events that the review service subscribes to, and the use case that applies each."""

from services.review import usecases
from services.shared.messaging.events import (
    AccountDeleted,
    CircleChanged,
    CircleDormant,
    DifferenceReported,
    DisputeChanged,
    ExportRequested,
    ListingRemoved,
    ListingReported,
    MembershipChanged,
    MessageReported,
    NoteReported,
    OrderChanged,
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
}
