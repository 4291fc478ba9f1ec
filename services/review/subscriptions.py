"""The events this service listens to, and the use case that takes each."""

from services.review import usecases
from services.shared.events import CircleChanged, ListingReported, MembershipChanged, NoteReported, OrderChanged
from services.shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    MembershipChanged: usecases.keep_membership,
    CircleChanged: usecases.free_seat,
    OrderChanged: usecases.keep_trade,
    NoteReported: usecases.file_report,
    ListingReported: usecases.file_report,
}
