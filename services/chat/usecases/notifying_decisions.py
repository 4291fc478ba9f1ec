"""Who is notified of decisions, orders and payouts: applicants, users with a sanction, authors, reporters, moderators, both
sides of an order, and payees."""

from __future__ import annotations

from collections.abc import Mapping

from services.chat.domain import Notification, NotificationKind, Subject
from services.chat.repository import moderators, notifications
from services.chat.usecases.ports import Ports
from services.shared.messaging.events import (
    AccountStatusChanged,
    AppealDecided,
    ApplicationExpired,
    ApplicationRejected,
    ApplicationWaitlisted,
    ChargebackChanged,
    DisputeChanged,
    Event,
    InformationRequested,
    OrderChanged,
    OrderPartlyRefunded,
    PayoutAccountChanged,
    PayoutChanged,
    ReportsDecided,
    ReturnChanged,
    SeatGranted,
    TakeDownChanged,
)

ApplicationDecided = ApplicationExpired | ApplicationRejected | ApplicationWaitlisted | InformationRequested
GRANTED, TAKEN_DOWN, RESTORED = "granted", "taken_down", "restored"
LISTING_REMOVAL = "listing_removal"  # the kind of the case of a listing that a moderator removed
# The states of an order that each side is notified of: those that it did not bring about itself.
OF_BUYER = frozenset({"expired", "refunded", "shipped"})
OF_SELLER = frozenset({"paid", "refunded", "received", "completed"})
RETURNS_OF_BUYER = frozenset({"approved", "rejected", "received", "refunded"})
RETURNS_OF_SELLER = frozenset({"requested", "sent", "withdrawn"})
# Why an order is refunding, if the other side or the time brought it about. A late payment has no reason.
REFUNDING = "refunding"
REASONS_OF_BUYER = frozenset({"not_shipped", "goodwill"})
REASONS_OF_SELLER = frozenset({"cancelled", "not_shipped"})
PARTLY_REFUNDED = "partly_refunded"
OF_PAYEE = frozenset({"sending", "succeeded", "failed", "canceled", "rejected"})
BY_USER, ON_HOLD = "by_user", "on_hold"


def notify_application(ports: Ports, event: ApplicationDecided) -> None:
    """Notify an applicant of what became of the application."""
    data = event.data
    _notify_application(ports, event, data.applicant_id, data.application_id, data.state)


def notify_seat(ports: Ports, event: SeatGranted) -> None:
    """Notify an applicant that they can open their circle."""
    _notify_application(ports, event, event.data.applicant_id, event.data.application_id, GRANTED)


def _notify_application(ports: Ports, event: Event, applicant_id: str, application_id: str, state: str) -> None:
    about = {"application_id": application_id}
    _notify(ports, event, applicant_id, NotificationKind.APPLICATION, application_id, about, state)


def notify_account_status(ports: Ports, event: AccountStatusChanged) -> None:
    """Notify a user of a sanction of the platform, or that it was lifted (`none`)."""
    user_id = event.data.user_id
    _notify(ports, event, user_id, NotificationKind.ACCOUNT_STATUS, user_id, {}, event.data.level)


def notify_take_down(ports: Ports, event: TakeDownChanged) -> None:
    """Notify an author that content of theirs was taken down, or restored. One line per case.

    A listing that its circle's moderators removed and the platform restored is also notified to the moderators: it is on sale
    in their circle again.
    """
    data = event.data
    about = {"circle_id": data.circle_id, "case_id": data.case_id}
    about |= {"content_kind": data.kind, "content_id": data.subject_id}
    state = TAKEN_DOWN if data.is_active else RESTORED
    _notify(ports, event, data.author_id, NotificationKind.TAKE_DOWN, data.case_id, about, state)
    if data.kind == LISTING_REMOVAL and state == RESTORED:
        del about["case_id"]  # which its seller alone can read
        for user_id in moderators.list_moderators(ports.table, data.circle_id):
            if user_id != data.author_id:
                _notify(ports, event, user_id, NotificationKind.TAKE_DOWN, data.case_id, about, state)


def notify_reporters(ports: Ports, event: ReportsDecided) -> None:
    """Notify the users of an event, at most 100, of the outcome of their reports. One line per user and case.

    The line has neither the content nor its author. Cost: 2 write units per user.
    """
    data = event.data
    about = {"case_id": data.case_id, "content_kind": data.content_kind}
    for reporter_id in data.reporter_ids:
        _notify(ports, event, reporter_id, NotificationKind.REPORT, data.case_id, about, data.outcome)


def notify_appeal(ports: Ports, event: AppealDecided) -> None:
    """Notify a user that their appeal was decided. One that restored content is not repeated: the take-down's line says so.

    That of a sanction is notified in both states, because the end of a sanction that has expired changes no account status.
    """
    data = event.data
    is_restored = data.kind == "take_down" and data.state == "granted"
    if not is_restored:
        _notify(ports, event, data.user_id, NotificationKind.APPEAL, data.appeal_id, {"case_id": data.case_id}, data.state)


def notify_order(ports: Ports, event: OrderChanged) -> None:
    """Notify the buyer or the seller of a new state of their order; not of what they did themselves."""
    data = event.data
    about = {"circle_id": data.circle_id, "order_id": data.order_id}
    if data.state in OF_BUYER or (data.state == REFUNDING and data.cancel_reason in REASONS_OF_BUYER):
        _notify(ports, event, data.buyer_id, NotificationKind.ORDER, data.order_id, about, data.state)
    if data.state in OF_SELLER or (data.state == REFUNDING and data.cancel_reason in REASONS_OF_SELLER):
        _notify(ports, event, data.seller_id, NotificationKind.ORDER, data.order_id, about, data.state)


def notify_partial_refund(ports: Ports, event: OrderPartlyRefunded) -> None:
    """Notify the buyer that a part of what they paid is back. The seller requested it, or knows it from the order."""
    data = event.data
    about = {"circle_id": data.circle_id, "order_id": data.order_id}
    _notify(ports, event, data.buyer_id, NotificationKind.ORDER, data.order_id, about, PARTLY_REFUNDED)


def notify_chargeback(ports: Ports, event: ChargebackChanged) -> None:
    """Notify the seller that the buyer's bank took the payment of their order back, or has decided."""
    data = event.data
    if data.seller_id:
        about = {"circle_id": data.circle_id, "order_id": data.order_id}
        state = f"chargeback_{data.state}"
        _notify(ports, event, data.seller_id, NotificationKind.ORDER, data.chargeback_id, about, state)


def notify_payout(ports: Ports, event: PayoutChanged) -> None:
    """Notify a user of a new state of their payout; not of what they did themselves."""
    data = event.data
    if data.state in OF_PAYEE and data.end_reason != BY_USER:
        _notify(ports, event, data.user_id, NotificationKind.PAYOUT, data.payout_id, {}, data.state)


def notify_payout_account(ports: Ports, event: PayoutAccountChanged) -> None:
    """Notify a user that they are paid to another account (`on_hold`), or of what the provider has verified of it.

    The user learns of an attacker with their phone before the attacker is paid.
    """
    data = event.data
    is_on_hold = data.held_until is not None and event.occurred_at < data.held_until
    state = ON_HOLD if is_on_hold else data.verification
    _notify(ports, event, data.user_id, NotificationKind.PAYOUT_ACCOUNT, data.user_id, {}, state)


def notify_return(ports: Ports, event: ReturnChanged) -> None:
    """Notify the buyer or the seller of a new state of a return; not of what they did themselves."""
    data = event.data
    about = {"circle_id": data.circle_id, "order_id": data.order_id}
    for user_id, states in ((data.buyer_id, RETURNS_OF_BUYER), (data.seller_id, RETURNS_OF_SELLER)):
        if data.state in states:
            _notify(ports, event, user_id, NotificationKind.ORDER, data.return_id, about, f"return_{data.state}")


def notify_dispute(ports: Ports, event: DisputeChanged) -> None:
    """Notify the seller of a dispute and of its withdrawal, the buyer of the answer, and both of the ruling."""
    data = event.data
    about = {"circle_id": data.circle_id, "order_id": data.order_id}
    is_answered = data.state == "open" and data.has_answer
    if is_answered or data.state == "ruled":
        state = "dispute_answered" if is_answered else "dispute_ruled"
        _notify(ports, event, data.buyer_id, NotificationKind.ORDER, data.dispute_id, about, state)
    if not is_answered:
        _notify(ports, event, data.seller_id, NotificationKind.ORDER, data.dispute_id, about, f"dispute_{data.state}")


def _notify(
    ports: Ports, event: Event, user_id: str, kind: NotificationKind, subject_id: str, about: Mapping[str, str], state: str
) -> None:
    """Store the notification of the state that an event publishes. Cost: 2 write units."""
    about = {name: value for name, value in about.items() if value}
    notification = Notification(user_id, kind, Subject.of(subject_id), event.entity_version, ports.clock(), about, state)
    notifications.put_notification(ports.table, notification)
