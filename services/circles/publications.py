"""The events that the circles service publishes, and the builder of each from the item that carries it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.circles.domain.circle import CircleState
from services.circles.domain.member import MemberState
from services.circles.domain.removal import ContentState
from services.circles.domain.roles import ROLE_BY_TRUST, Role, Trust
from services.circles.domain.screening import PendingStep
from services.circles.repository.circles import member_since_of
from services.circles.repository.comments import is_visible_comment
from services.circles.repository.notes import counted_for
from services.shared.kernel.clock import from_millis, from_rfc3339
from services.shared.messaging.events import (
    AccountDeleted,
    AccountDeletedData,
    BlocksChanged,
    BlocksChangedData,
    CampaignConsentChanged,
    CampaignConsentChangedData,
    CampaignMessageSent,
    CampaignMessageSentData,
    CircleActivated,
    CircleChanged,
    CircleData,
    CircleDormant,
    CommentChanged,
    CommentChangedData,
    ContentReportedData,
    DeletionRequested,
    DeletionRequestedData,
    DigestPreferenceChanged,
    DigestPreferenceChangedData,
    DigestReady,
    DigestReadyData,
    ExportRequested,
    ExportRequestedData,
    GuessingAlarmRaised,
    GuessingAlarmRaisedData,
    HealthMeasured,
    HealthMeasuredData,
    MemberDayData,
    MemberOpened,
    MembershipChanged,
    MembershipChangedData,
    NoteChanged,
    NoteChangedData,
    NoteLiked,
    NoteLikedData,
    NotePosted,
    NotePostedData,
    NoteReported,
    SignedOut,
    SignedOutData,
    SuccessionOffered,
    SuccessionOfferedData,
)
from services.shared.messaging.outbox import PendingEvent, Publications
from services.shared.messaging.reports import NO_USER_ID, report_event_builder
from services.shared.security.account_status import SanctionLevel, levels_from_item
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item

EXCLUDED = (MemberState.KICKED, MemberState.BANNED)


def circle_activated(item: Item, pending: PendingEvent) -> CircleActivated:
    return CircleActivated(**pending.envelope(item["id"]), data=_circle_state(item))


def circle_changed(item: Item, pending: PendingEvent) -> CircleChanged:
    return CircleChanged(**pending.envelope(item["id"]), data=_circle_state(item))


def _circle_state(item: Item) -> CircleData:
    removed = item.get("owner_removed", False)
    closing = item["state"] == CircleState.CLOSING
    owner_status = levels_from_item(item, "owner_")
    read_only = closing or removed or owner_status.has_level(SanctionLevel.SUSPENDED)
    # Only a suspension ends by itself: a closing circle or one without an owner stays read-only until another event.
    ends = read_only and not closing and not removed
    return CircleData(
        circle_id=item["id"],
        name=item["name"],
        owner_id=item["owner"],
        state="closed" if item["state"] == CircleState.CLOSED else "read_only" if read_only else item["state"],
        read_only_until=owner_status.get_end(SanctionLevel.SUSPENDED) if ends else None,
        activated_at=from_millis(item["activated_at"]) if "activated_at" in item else None,
        selling_paused_until=from_millis(item["selling_paused_until"]) if "selling_paused_until" in item else None,
        tags=item.get("tags", []),
    )


def succession_offered(item: Item, pending: PendingEvent) -> SuccessionOffered:
    offer = item["offer"]
    data = SuccessionOfferedData(
        succession_id=offer["id"],
        circle_id=item["id"],
        owner_id=item["owner"],
        candidate_id=offer["candidate"],
        kind=offer["kind"],
        state="withdrawn" if offer["state"] == "withdrawn" else "offered",
        expires_at=from_millis(offer["expires_at"]),
    )
    return SuccessionOffered(**pending.envelope(item["id"]), data=data)


def membership_changed(item: Item, pending: PendingEvent) -> MembershipChanged:
    """Build MembershipChanged; the entity id of a membership is `circle_id/user_id`."""
    data = MembershipChangedData(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        role=_effective_role(item).value,
        state=item["state"],
        invited_by=item.get("invited_by", ""),
        muted_until=from_millis(item["mute"]["until"]) if "mute" in item else None,
        member_since=from_millis(member_since_of(item)) if item["state"] == MemberState.MEMBER else None,
        approved_at=_approved_at(item),
        excluded_at=from_millis(item["sanction"]["at"]) if item["state"] in EXCLUDED and "sanction" in item else None,
        needs_approval=item["state"] == MemberState.PENDING and item.get("pending_step") == PendingStep.APPROVAL,
    )
    return MembershipChanged(**pending.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def _approved_at(item: Item) -> datetime | None:
    """Return when this membership was approved. An earlier one of the same user, before they joined again, does not count."""
    is_approved = item["state"] == MemberState.MEMBER and item.get("approved_at", 0) >= item["joined_at"]
    return from_millis(item["approved_at"]) if is_approved else None


def _effective_role(item: Item) -> Role:
    return ROLE_BY_TRUST[Trust(item.get("trust", 0))] if item["role"] == Role.MEMBER else Role(item["role"])


def digest_ready(item: Item, pending: PendingEvent) -> DigestReady:
    data = DigestReadyData(circle_id=item["circle_id"], day=item["day"], notes=item["notes"], note_ids=item["note_ids"])
    return DigestReady(**pending.envelope(f"{item['circle_id']}/{item['day']}"), data=data)


def blocks_changed(item: Item, pending: PendingEvent) -> BlocksChanged:
    data = BlocksChangedData(user_id=item["user_id"], blocked=item["blocked"])
    return BlocksChanged(**pending.envelope(item["user_id"]), data=data)


def signed_out(item: Item, pending: PendingEvent) -> SignedOut:
    """Build SignedOut; its version is the moment, because the item's version is of the sanction."""
    data = SignedOutData(user_id=item["user_id"], signed_out_at=item["signed_out_at"])
    return SignedOut(**pending.envelope(item["user_id"]) | {"entity_version": data.signed_out_at}, data=data)


def digest_preference_changed(item: Item, pending: PendingEvent) -> DigestPreferenceChanged:
    fields = {name: item[name] for name in DigestPreferenceChangedData.model_fields}
    data = DigestPreferenceChangedData.model_validate(fields)
    return DigestPreferenceChanged(**pending.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def comment_changed(item: Item, pending: PendingEvent) -> CommentChanged:
    circle_id, note_id = counted_for(item["pk"], item)
    data = CommentChangedData(
        circle_id=circle_id,
        note_id=note_id,
        comment_id=item["id"],
        author_id=item["author"],
        note_author_id=item["note_author"],
        parent_author_id=item.get("parent_author", ""),
        created_at=from_millis(item["created_at"]),
        is_visible=is_visible_comment(item),
    )
    return CommentChanged(**pending.envelope(item["id"]), data=data)


def note_changed(item: Item, pending: PendingEvent) -> NoteChanged:
    is_visible = item["state"] == ContentState.VISIBLE and not is_down(item)
    has_cards = bool(item.get("listings") or item.get("had_cards"))
    ids = {"circle_id": item["circle_id"], "note_id": item["id"], "author_id": item["author"]}
    data = NoteChangedData(**ids, is_visible=is_visible, has_cards=has_cards)
    return NoteChanged(**pending.envelope(item["id"]), data=data)


def note_posted(item: Item, pending: PendingEvent) -> NotePosted:
    fields = {"circle_id": item["circle_id"], "note_id": item["id"], "author_id": item["author"]}
    return NotePosted(**pending.envelope(item["id"]), data=NotePostedData(**fields, pictures=len(item.get("pictures", ()))))


def note_liked(item: Item, pending: PendingEvent) -> NoteLiked:
    """Build NoteLiked; its version is the moment, because counting likes does not change the version of the note."""
    data = NoteLikedData(
        circle_id=item["circle_id"], note_id=item["id"], author_id=item["author"], likes=item["likes"], liker_ids=item["likers"]
    )
    return NoteLiked(**pending.envelope(item["id"]) | {"entity_version": item["event_time"]}, data=data)


def member_opened(item: Item, pending: PendingEvent) -> MemberOpened:
    """Build MemberOpened. The item is written again on the same day, but without another event."""
    data = MemberDayData(circle_id=item["circle_id"], user_id=item["user_id"], day=item["day"])
    return MemberOpened(**pending.envelope(f"{item['circle_id']}/{item['user_id']}/{item['day']}"), data=data)


def health_measured(item: Item, pending: PendingEvent) -> HealthMeasured:
    data = HealthMeasuredData(owner_id=item["owner"], **_metrics(item))
    return HealthMeasured(**pending.envelope(item["circle_id"]), data=data)


def circle_dormant(item: Item, pending: PendingEvent) -> CircleDormant:
    """Build CircleDormant: a report of the circle without a reporter, with the metrics as evidence."""
    circle_id, metrics = item["circle_id"], _metrics(item)
    data = ContentReportedData(
        service="circles",
        kind="dormant_circle",  # not `circle`: reviewers decide about its activity, and take nothing down
        subject_id=circle_id,
        circle_id=circle_id,
        author_id=item["owner"],
        reporter_id=NO_USER_ID,
        reason="other",
        text="",
        evidence={name: value for name, value in metrics.items() if name != "circle_id"},
    )
    return CircleDormant(**pending.envelope(circle_id), data=data)


def _metrics(item: Item) -> dict[str, Any]:
    return {name: item[name] for name in HealthMeasuredData.model_fields if name in item}


def guessing_alarm_raised(item: Item, pending: PendingEvent) -> GuessingAlarmRaised:
    data = GuessingAlarmRaisedData(window_start=from_rfc3339(item["sk"]), wrong_guesses=item["wrong_guesses"])
    return GuessingAlarmRaised(**pending.envelope(item["sk"]), data=data)


def export_requested(item: Item, pending: PendingEvent) -> ExportRequested:
    data = ExportRequestedData(
        export_id=item["id"],
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        requested_at=from_millis(item["created_at"]),
        expires_at=from_millis(item["expires_at"] * 1000),
    )
    return ExportRequested(**pending.envelope(item["id"]), data=data)


def deletion_requested(item: Item, pending: PendingEvent) -> DeletionRequested:
    data = DeletionRequestedData(user_id=item["user_id"], check=item["check"])
    return DeletionRequested(**pending.envelope(item["user_id"]), data=data)


def account_deleted(item: Item, pending: PendingEvent) -> AccountDeleted:
    data = AccountDeletedData(user_id=item["user_id"], content=item["content"])
    return AccountDeleted(**pending.envelope(item["user_id"]), data=data)


def campaign_consent_changed(item: Item, pending: PendingEvent) -> CampaignConsentChanged:
    data = CampaignConsentChangedData(user_id=item["user_id"], is_given=item["is_given"])
    return CampaignConsentChanged(**pending.envelope(item["user_id"]), data=data)


def campaign_message_sent(item: Item, pending: PendingEvent) -> CampaignMessageSent:
    data = CampaignMessageSentData(
        campaign_id=item["campaign_id"], circle_id=item["circle_id"], user_id=item["user_id"], consent_version=item["choice"]
    )
    return CampaignMessageSent(**pending.envelope(item["campaign_id"]), data=data)


PUBLICATIONS: Publications = {
    "CircleActivated": circle_activated,
    "CircleChanged": circle_changed,
    "SuccessionOffered": succession_offered,
    "MembershipChanged": membership_changed,
    "BlocksChanged": blocks_changed,
    "SignedOut": signed_out,
    "MemberOpened": member_opened,
    "DigestReady": digest_ready,
    "DigestPreferenceChanged": digest_preference_changed,
    "HealthMeasured": health_measured,
    "CircleDormant": circle_dormant,
    "CampaignConsentChanged": campaign_consent_changed,
    "CampaignMessageSent": campaign_message_sent,
    "CommentChanged": comment_changed,
    "NoteChanged": note_changed,
    "NotePosted": note_posted,
    "NoteLiked": note_liked,
    "NoteReported": report_event_builder(NoteReported),
    "GuessingAlarmRaised": guessing_alarm_raised,
    "ExportRequested": export_requested,
    "DeletionRequested": deletion_requested,
    "AccountDeleted": account_deleted,
}
