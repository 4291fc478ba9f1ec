"""The events this service listens to, and the use case that takes each."""

from services.review import usecases
from services.shared.messaging.events import (
    CircleChanged,
    CircleDormant,
    ListingReported,
    MembershipChanged,
    MessageReported,
    NoteReported,
    OrderChanged,
    SuccessionOffered,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    MembershipChanged: usecases.keep_membership,
    CircleChanged: usecases.follow_circle,
    SuccessionOffered: usecases.keep_offer,
    OrderChanged: usecases.keep_trade,
    NoteReported: usecases.file_report,
    CircleDormant: usecases.file_report,
    MessageReported: usecases.file_report,
    ListingReported: usecases.file_report,
}
