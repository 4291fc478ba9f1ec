"""Notifications: what reaches a user because of an act of another, or of the platform. They hold kinds and ids, no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.chat.domain.notification_preferences import NotificationPreferences
from services.chat.domain.participant import Participant
from services.chat.domain.permissions import Action
from services.shared.kernel.clock import next_version

MAX_ACTORS = 3


class NotificationKind(StrEnum):
    """Why a user is notified.

    mention: of the user in a message. message_reply: to the user's message.
    comment: on the user's note. reply: to the user's comment. like: of the user's note.
    join_request: a user waits for approval in a circle that the reader moderates.
    membership: the user was approved, kicked or banned. ownership_offer: a circle was offered to the user.
    succession: the change of an owner was decided. application: of the user. account_status: a sanction of the platform.
    take_down: content of the user was taken down, or restored. report: the user's own report has an outcome.
    appeal: the user's own appeal against a take-down or a sanction was decided. order: of the user as buyer or seller.
    campaign: an invitation of a circle whose topics the user reads about elsewhere, by the user's consent.
    payout: of the user. payout_account: the user is paid to another account from now on, or what the provider verified of it.
    """

    MENTION = "mention"
    MESSAGE_REPLY = "message_reply"
    COMMENT = "comment"
    REPLY = "reply"
    LIKE = "like"
    JOIN_REQUEST = "join_request"
    MEMBERSHIP = "membership"
    OWNERSHIP_OFFER = "ownership_offer"
    SUCCESSION = "succession"
    APPLICATION = "application"
    ACCOUNT_STATUS = "account_status"
    TAKE_DOWN = "take_down"
    REPORT = "report"
    APPEAL = "appeal"
    ORDER = "order"
    PAYOUT = "payout"
    PAYOUT_ACCOUNT = "payout_account"
    CAMPAIGN = "campaign"


# What a member does in a circle to see these. The others also reach a user who is not a member any more.
IN_CIRCLE: Mapping[NotificationKind, Action] = {
    NotificationKind.MENTION: Action.READ,
    NotificationKind.MESSAGE_REPLY: Action.READ,
    NotificationKind.COMMENT: Action.READ,
    NotificationKind.REPLY: Action.READ,
    NotificationKind.LIKE: Action.READ,
    NotificationKind.JOIN_REQUEST: Action.ENTER_MODERATORS_ROOM,
}
# The ids that a notification can have, by the names of the API: an allow-list.
ABOUT = (
    *("circle_id", "room_id", "note_id", "comment_id", "application_id", "succession_id", "case_id", "order_id"),
    *("content_kind", "content_id"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notification is about, and what it belongs to: a comment belongs to its note, all else to itself.

    id: as a report names it; of a message the room's id, `/` and the number.
    """

    root: str
    id: str

    @classmethod
    def of(cls, id: str) -> Subject:
        return cls(id, id)


@dataclass(frozen=True, slots=True)
class Notification:
    """The latest state of one subject for one user, of one kind.

    version: orders the events that it is made from. at: when this state arrived; the list is sorted by it.
    about: the ids that it is about. state: of the subject, as its event has it; empty if the kind says it all.
    actors: the last users who acted, at most 3. count: how many acts it stands for.
    is_hidden: whether the subject, or what it belongs to, is not visible now.
    """

    user_id: str
    kind: NotificationKind
    subject: Subject
    version: int
    at: datetime
    about: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    actors: tuple[str, ...] = ()
    count: int = 1
    is_hidden: bool = False

    def renew(self, actors: tuple[str, ...], count: int, *, at: datetime) -> Notification:
        """Return it with the acts of now. It moves to the top if there are more of them; without any it is hidden."""
        is_more = count > self.count or not set(actors) <= set(self.actors)
        version = next_version(self.version, at)
        after = replace(self, actors=actors, count=count, is_hidden=count == 0, version=version)
        return replace(after, at=at) if is_more else after


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides which notifications a user sees now: memberships, block list, preferences and read marker."""

    participations: Mapping[str, Participant]
    blocked: frozenset[str]
    preferences: NotificationPreferences

    def can_see(self, notification: Notification) -> bool:
        """Whether the user can see the subject, has not blocked the only users who acted, and consents to a campaign."""
        if notification.kind is NotificationKind.CAMPAIGN and not self.preferences.has_consented(notification.version):
            return False
        required = IN_CIRCLE.get(notification.kind)
        participant = self.participations.get(notification.about.get("circle_id", ""))
        if required and not (participant and participant.can(required)):
            return False
        room_id = notification.about.get("room_id")
        if room_id and not (participant and participant.can_enter(room_id)):
            return False
        return not notification.actors or not self.blocked.issuperset(notification.actors)

    def is_listed(self, notification: Notification) -> bool:
        return self.can_see(notification) and str(notification.kind) not in self.preferences.unlisted

    def is_pushed(self, notification: Notification) -> bool:
        return self.can_see(notification) and str(notification.kind) not in self.preferences.unpushed

    def has_read(self, notification: Notification) -> bool:
        return notification.at <= self.preferences.read_until
