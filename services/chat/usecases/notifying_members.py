"""Who is notified of memberships and owners: users of their own, moderators of requests to join, candidates of offers."""

from __future__ import annotations

from functools import partial

from services.chat.domain import MAX_ACTORS, Action, Notification, NotificationKind, Participant, Subject
from services.chat.repository import moderators, notifications, participants
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.events import MembershipChanged, SuccessionDecided, SuccessionOffered
from services.shared.table.versioned import update

APPROVED = "approved"


def notify_membership(ports: Ports, event: MembershipChanged) -> None:
    """Notify a user that they were approved, kicked or banned.

    The version is the moment of that act. So all later events of the same membership are about the same notification.
    Cost: 2 write units for a user who is notified.
    """
    data, state, decided_at = event.data, str(event.data.state), event.data.excluded_at
    if data.approved_at and data.member_since:
        state, decided_at = APPROVED, data.member_since
    if decided_at:
        subject, about, at = Subject.of(data.circle_id), {"circle_id": data.circle_id}, ports.clock()
        kind, version = NotificationKind.MEMBERSHIP, millis(decided_at)
        notifications.put_notification(ports.table, Notification(data.user_id, kind, subject, version, at, about, state))


def update_moderators(ports: Ports, participant: Participant, earlier: Participant | None) -> None:
    """Store whether a user moderates the circle, or waits for a moderator, and notify the moderators of who waits.

    The membership is read again after each write: of two events at once, the one that writes last has seen the newer state.
    Cost: none for an ordinary member; otherwise 1 write unit and 1 read unit, and for a user who waits those of the
    notifications.
    """
    is_pending_changed = False
    while True:
        is_moderator_changed = moderators.put_moderator(ports.table, participant, earlier)
        is_changed = moderators.put_pending(ports.table, participant, earlier)
        is_pending_changed = is_pending_changed or is_changed
        if not (is_changed or is_moderator_changed):
            break
        if is_moderator_changed and not participant.can(Action.ENTER_MODERATORS_ROOM):
            notifications.delete_notification(ports.table, _new_line(ports, participant.circle_id, participant.user_id))
        current = participants.find_participant(ports.table, participant.circle_id, participant.user_id, consistent_read=True)
        if current is None or current.version == participant.version:
            break
        participant, earlier = current, current
    if is_pending_changed:
        notify_moderators(ports, participant.circle_id)


def notify_moderators(ports: Ports, circle_id: str) -> None:
    """Bring the line of each moderator about requests to join up to date: how many users wait, and who came last.

    It moves to the top when another user waits, and is hidden when none does. What waits is read after each load of the
    notification, whose version is the condition of the write: so the last of several calls at once has seen all requests. A
    user who lost the role meanwhile keeps no line: who loses it is no moderator first, and then loses the line.
    Cost: 1 read unit for the moderators; for each 3 read units and 2 write units.
    """

    def renew(notification: Notification) -> Notification:
        pending = moderators.list_pending(ports.table, circle_id)
        actors, count, at = tuple(pending[-MAX_ACTORS:]), len(pending), ports.clock()
        is_same = (actors, count) == (notification.actors, notification.count)
        return notification if is_same else notification.renew(actors, count, at=at)

    for user_id in moderators.list_moderators(ports.table, circle_id):
        line = _new_line(ports, circle_id, user_id)
        update(ports, partial(notifications.load_notification_or, ports.table, line), renew)
        if not moderators.is_moderator(ports.table, circle_id, user_id):
            notifications.delete_notification(ports.table, line)


def _new_line(ports: Ports, circle_id: str, user_id: str) -> Notification:
    """Return a moderator's line about requests to join, before the first one."""
    kind, about = NotificationKind.JOIN_REQUEST, {"circle_id": circle_id}
    return Notification(user_id, kind, Subject.of(circle_id), 0, ports.clock(), about, count=0, is_hidden=True)


def notify_offer(ports: Ports, event: SuccessionOffered) -> None:
    """Notify the candidate that a circle was offered to them, or that the offer was withdrawn."""
    data = event.data
    about = {"circle_id": data.circle_id, "succession_id": data.succession_id}
    at, kind = ports.clock(), NotificationKind.OWNERSHIP_OFFER
    subject = Subject.of(data.succession_id)
    notification = Notification(data.candidate_id, kind, subject, event.entity_version, at, about, data.state)
    notifications.put_notification(ports.table, notification)


def notify_succession(ports: Ports, event: SuccessionDecided) -> None:
    """Notify owner and candidate of what became of an offer; the candidate not of their own acceptance."""
    data, at = event.data, ports.clock()
    about = {"circle_id": data.circle_id, "succession_id": data.succession_id}
    subject, kind = Subject.of(data.succession_id), NotificationKind.SUCCESSION
    for user_id in {data.owner_id, *([] if data.state == "accepted" else [data.candidate_id])}:
        notification = Notification(user_id, kind, subject, event.entity_version, at, about, data.state)
        notifications.put_notification(ports.table, notification)
