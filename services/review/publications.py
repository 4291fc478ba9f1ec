"""The events that the review service publishes, and the builder of each from the item that carries it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.review.domain import CaseOutcome
from services.shared.kernel.ids import derive_id
from services.shared.messaging.erasure import erased_event_builder
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    AccountVerified,
    AccountVerifiedData,
    AppealDecided,
    AppealDecidedData,
    ApplicationData,
    ApplicationExpired,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    CircleNameChanged,
    CircleNameChangedData,
    DisputeOverdue,
    DisputeOverdueData,
    DisputeRuled,
    DisputeRuledData,
    InformationRequested,
    OwnerRemoved,
    OwnerRemovedData,
    ReportsDecided,
    ReportsDecidedData,
    ReportsErased,
    ReportsExported,
    ReviewerChanged,
    ReviewerChangedData,
    ReviewOverdue,
    SeatGranted,
    SeatGrantedData,
    SuccessionDecided,
    SuccessionDecidedData,
    TakeDownChanged,
    TakeDownChangedData,
    TradesDecided,
    TradesDecidedData,
)
from services.shared.messaging.exports import parts_event_builder
from services.shared.messaging.outbox import PendingEvent, Publications
from services.shared.security.account_status import account_status_data, account_status_from_item
from services.shared.table.items import Item

StateEvent = TypeVar(
    "StateEvent",
    ApplicationSubmitted,
    InformationRequested,
    ApplicationRejected,
    ApplicationWaitlisted,
    ApplicationExpired,
    ReviewOverdue,
)


def state_event(event: type[StateEvent]) -> Callable[[Item, PendingEvent], StateEvent]:
    def build(item: Item, pending: PendingEvent) -> StateEvent:
        data = ApplicationData(application_id=item["id"], applicant_id=item["applicant"], state=item["state"])
        return event(**pending.envelope(item["id"]), data=data)

    return build


def seat_granted(item: Item, pending: PendingEvent) -> SeatGranted:
    data = SeatGrantedData(
        application_id=item["id"],
        applicant_id=item["applicant"],
        cohort=item["cohort"],
        seat=item["seat"],
        circle_name=item["circle_name"],
        circle_tags=item["content"]["circle_tags"],
    )
    return SeatGranted(**pending.envelope(item["id"]), data=data)


def owner_removed(item: Item, pending: PendingEvent) -> OwnerRemoved:
    return OwnerRemoved(
        **pending.envelope(item["id"]), data=OwnerRemovedData(application_id=item["id"], owner_id=item["owner"])
    )


def circle_name_changed(item: Item, pending: PendingEvent) -> CircleNameChanged:
    circle_id = derive_id("cir", item["id"])
    name, violation = item["shown_name"], item.get("name_violation", "")
    data = CircleNameChangedData(circle_id=circle_id, circle_name=name, violation=violation)
    return CircleNameChanged(**pending.envelope(circle_id), data=data)


def account_status_changed(item: Item, pending: PendingEvent) -> AccountStatusChanged:
    data = AccountStatusChangedData(user_id=item["user_id"], **account_status_data(account_status_from_item(item)))
    return AccountStatusChanged(**pending.envelope(item["user_id"]), data=data)


def succession_decided(item: Item, pending: PendingEvent) -> SuccessionDecided:
    data = SuccessionDecidedData(
        succession_id=item["id"],
        circle_id=item["circle_id"],
        owner_id=item["owner"],
        candidate_id=item["candidate"],
        state=item["state"],
    )
    return SuccessionDecided(**pending.envelope(item["id"]), data=data)


def take_down_changed(item: Item, pending: PendingEvent) -> TakeDownChanged:
    subject = item["subject"]
    data = TakeDownChangedData(
        case_id=item["id"],
        service=subject["service"],
        kind=subject["kind"],
        subject_id=subject["id"],
        circle_id=subject["circle_id"],
        author_id=item["author"],
        violation=item.get("violation", ""),
        is_active=item["is_active"],
    )
    return TakeDownChanged(**pending.envelope(item["id"]), data=data)


def trades_decided(item: Item, pending: PendingEvent) -> TradesDecided:
    circle_id, _, group_id = item["subject"]["id"].partition("/")
    is_fake = item["outcome"] == CaseOutcome.UPHELD
    data = TradesDecidedData(case_id=item["id"], circle_id=circle_id, group_id=group_id, is_fake=is_fake)
    return TradesDecided(**pending.envelope(item["id"]), data=data)


def reports_decided(item: Item, pending: PendingEvent) -> ReportsDecided:
    data = ReportsDecidedData(
        case_id=item["case_id"], content_kind=item["content_kind"], reporter_ids=item["reporters"], outcome=item["outcome"]
    )
    return ReportsDecided(**pending.envelope(item["case_id"]), data=data)


def appeal_decided(item: Item, pending: PendingEvent) -> AppealDecided:
    data = AppealDecidedData(
        appeal_id=item["id"], user_id=item["user_id"], kind=item["kind"], case_id=item["case_id"], state=item["state"]
    )
    return AppealDecided(**pending.envelope(item["id"]), data=data)


def dispute_overdue(item: Item, pending: PendingEvent) -> DisputeOverdue:
    data = DisputeOverdueData(dispute_id=item["id"], order_id=item["order_id"])
    return DisputeOverdue(**pending.envelope(item["id"]), data=data)


def dispute_ruled(item: Item, pending: PendingEvent) -> DisputeRuled:
    ruling = item["proposal"]
    data = DisputeRuledData(
        dispute_id=item["id"],
        order_id=item["order_id"],
        buyer_id=item["buyer"],
        amount=ruling["amount"],
        currency=item["currency"],
        note=ruling["note"],
    )
    return DisputeRuled(**pending.envelope(item["id"]), data=data)


def account_verified(item: Item, pending: PendingEvent) -> AccountVerified:
    data = AccountVerifiedData.model_validate({name: item.get(name) for name in AccountVerifiedData.model_fields})
    return AccountVerified(**pending.envelope(item["user_id"]), data=data)


def reviewer_changed(item: Item, pending: PendingEvent) -> ReviewerChanged:
    user_id = item["pk"].removeprefix("REVIEWER#")
    data = ReviewerChangedData(user_id=user_id, identity_id=item["identity_id"], is_enrolled=not item["ended"])
    return ReviewerChanged(**pending.envelope(user_id), data=data)


PUBLICATIONS: Publications = {
    "ApplicationSubmitted": state_event(ApplicationSubmitted),
    "InformationRequested": state_event(InformationRequested),
    "ApplicationRejected": state_event(ApplicationRejected),
    "ApplicationWaitlisted": state_event(ApplicationWaitlisted),
    "ApplicationExpired": state_event(ApplicationExpired),
    "ReviewOverdue": state_event(ReviewOverdue),
    "SeatGranted": seat_granted,
    "OwnerRemoved": owner_removed,
    "CircleNameChanged": circle_name_changed,
    "AccountStatusChanged": account_status_changed,
    "SuccessionDecided": succession_decided,
    "TakeDownChanged": take_down_changed,
    "TradesDecided": trades_decided,
    "ReportsDecided": reports_decided,
    "AppealDecided": appeal_decided,
    "DisputeOverdue": dispute_overdue,
    "DisputeRuled": dispute_ruled,
    "AccountVerified": account_verified,
    "ReviewerChanged": reviewer_changed,
    "ReportsExported": parts_event_builder(ReportsExported),
    "ReportsErased": erased_event_builder(ReportsErased),
}
