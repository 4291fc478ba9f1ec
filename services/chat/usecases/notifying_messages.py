"""Who is notified of messages, from the table's stream: the users that a message mentions, and the sender that it answers.

The messages are read as they are now, so that records can come repeated, late and in any order.
"""

from __future__ import annotations

from services.chat.domain import Message, Notification, NotificationKind, Subject
from services.chat.repository import messages, notifications, participants, read_markers
from services.chat.repository.message_items import MESSAGE, message_from_item
from services.chat.repository.messages import room_of_message
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.stream import Change, Changes
from services.shared.table.blocks import list_blocked_users

NOTIFYING = {"mentions", "reply_to"}  # attributes of a message


def is_notifying(change: Change) -> bool:
    """Whether a change of a message can notify users, or hide what notified them."""
    if not change.key.sk.startswith(MESSAGE) or change.new is None:
        return False
    old = change.old or {}
    return old.get("version") != change.new["version"] and bool(NOTIFYING & (old.keys() | change.new.keys()))


def notify_messages(ports: Ports, changes: Changes) -> None:
    """Notify the users that messages mention or answer; hide that while a message is not shown.

    An edit that mentions a user no more deletes their notification. A user is notified once, who can enter the room and has
    not blocked the sender. A message that is back brings its notifications back, unread or read as they were: the version is
    the moment of the message.
    Cost: per message 2 read units, 2.5 for a reply; per user 2 write units and 1 read unit, for a mention 1 of each more. A
    message that was changed: 1 write unit more for its state.
    """
    for change in changes:
        circle_id, room_id = room_of_message(change.key)
        images = [message_from_item(image) for image in (change.old, change.new) if image]
        now = messages.find_message(ports.table, circle_id, room_id, images[0].seq, consistent_read=True)
        if now is None:  # deleted with its circle, in which no user is a member any more
            continue
        kinds = _recipients(ports, circle_id, now)
        for user_id, kind in kinds.items():
            notifications.put_notification(ports.table, _notification(ports, user_id, kind, circle_id, now))
        mentioned = dict.fromkeys(user_id for message in (*images, now) for user_id in message.mentions)
        for user_id in mentioned:
            _update_mention(ports, circle_id, now, user_id, is_notified=user_id in kinds, is_new=change.old is None)
        subject = _subject(now)
        if change.old:
            notifications.put_subject_state(ports.table, subject, now.version, is_visible=now.is_shown)
        notifications.update_visibility(ports.table, subject.root)


def _update_mention(ports: Ports, circle_id: str, message: Message, user_id: str, *, is_notified: bool, is_new: bool) -> None:
    """Store the mention of a user with their read marker; take it back if the message was changed and mentions them no more."""
    is_mentioned = is_notified and user_id in message.mentions
    if is_new and not is_mentioned:
        return
    if message.is_shown and not is_notified:
        deleted = _notification(ports, user_id, NotificationKind.MENTION, circle_id, message)
        notifications.delete_notification(ports.table, deleted)
    read_markers.put_mention(ports.table, user_id, circle_id, message.room_id, message.seq, is_mentioned=is_mentioned)


def _recipients(ports: Ports, circle_id: str, message: Message) -> dict[str, NotificationKind]:
    """Return who is notified of a message as it is now: users that it mentions or answers, and that can read it.

    Cost: 1 read unit per user, and 0.5 for a reply.
    """
    if not message.is_shown:
        return {}
    kinds = dict.fromkeys(message.mentions, NotificationKind.MENTION)
    if message.reply_to:
        answered = messages.find_message(ports.table, circle_id, message.room_id, message.reply_to)
        kinds |= {answered.sender: NotificationKind.MESSAGE_REPLY} if answered and answered.is_shown else {}
    kinds.pop(message.sender, None)
    found = participants.find_participants(ports.table, circle_id, kinds.keys())
    can_enter = [participant.user_id for participant in found if participant.can_enter(message.room_id)]
    return {user_id: kinds[user_id] for user_id in can_enter if message.sender not in list_blocked_users(ports.table, user_id)}


def _notification(ports: Ports, user_id: str, kind: NotificationKind, circle_id: str, message: Message) -> Notification:
    about, version = {"circle_id": circle_id, "room_id": message.room_id}, millis(message.sent_at)
    return Notification(user_id, kind, _subject(message), version, ports.clock(), about, actors=(message.sender,))


def _subject(message: Message) -> Subject:
    return Subject.of(f"{message.room_id}/{message.seq}")
