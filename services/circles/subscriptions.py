"""The events that the circles service subscribes to, and the use case that applies each."""

from services.circles import usecases
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountVerified,
    CircleNameChanged,
    DeletionChecked,
    ListingChanged,
    MemberActive,
    MessagesErased,
    MessagesExported,
    OrderChanged,
    OrderSuspected,
    OwnerRemoved,
    ReceiptChanged,
    ReportsErased,
    ReportsExported,
    ReviewerChanged,
    SeatGranted,
    SuccessionDecided,
    TakeDownChanged,
    TradesErased,
    TradesExported,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    AccountVerified: usecases.apply_account_verified,
    ReviewerChanged: usecases.apply_reviewer_changed,
    SeatGranted: usecases.apply_seat_granted,
    ListingChanged: usecases.apply_listing_changed,
    ReceiptChanged: usecases.apply_receipt_changed,
    MemberActive: usecases.apply_member_active,
    OrderChanged: usecases.apply_order_changed,
    OrderSuspected: usecases.apply_order_suspected,
    OwnerRemoved: usecases.apply_owner_removed,
    CircleNameChanged: usecases.apply_circle_name_changed,
    SuccessionDecided: usecases.apply_succession_decided,
    TakeDownChanged: usecases.apply_take_down_changed,
    AccountStatusChanged: usecases.apply_account_status_changed,
    MessagesExported: usecases.apply_parts_exported,
    TradesExported: usecases.apply_parts_exported,
    ReportsExported: usecases.apply_parts_exported,
    DeletionChecked: usecases.apply_deletion_checked,
    MessagesErased: usecases.apply_user_erased,
    TradesErased: usecases.apply_user_erased,
    ReportsErased: usecases.apply_user_erased,
}
