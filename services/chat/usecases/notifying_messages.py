"""Who is notified of messages, from the table's stream: the users that a message mentions.

The messages are read as they are now, so that records can come repeated, late and in any order.
"""

from __future__ import annotations

from services.chat.domain import Message, Notification, NotificationKind, Subject
from services.chat.repository import messages, notifications, participants, read_markers
from services.chat.repository.messages import MESSAGE, message_from_item, room_of_message
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.stream import Change, Changes
from services.shared.table.blocks import list_blocked_users


def is_notifying(change: Change) -> bool:
    """Whether a change of a message can notify users, or hide what notified them."""
    images = [image for image in (change.old, change.new) if image]
    return change.key.sk.startswith(MESSAGE) and change.new is not None and any("mentions" in image for image in images)


def notify_messages(ports: Ports, changes: Changes) -> None:
    """Notify the users that messages mention; hide that while a message is not shown, and delete it if an edit mentions them
    no more.

    A user is notified who can enter the room and has not blocked the sender. A message that is back brings its notifications
    back, unread or read as they were: the version is the moment of the message.
    Cost: per message 2 read units; per user 3 write units and 2 read units. A message that is not shown any more: 1 write
    unit more for its state.
    """
    for change in changes:
        circle_id, room_id = room_of_message(change.key)
        images = [message_from_item(image) for image in (change.old, change.new) if image]
        now = messages.find_message(ports.table, circle_id, room_id, images[0].seq, consistent_read=True)
        if now is None:  # deleted with its circle, in which no user is a member any more
            continue
        mentioned = list(dict.fromkeys(user_id for message in (*images, now) for user_id in message.mentions))
        recipients = _recipients(ports, circle_id, now)
        for user_id in mentioned:
            is_mentioned = user_id in recipients
            if is_mentioned:
                notifications.put_notification(ports.table, _notification(ports, user_id, circle_id, now))
            elif now.is_shown and change.old:
                notifications.delete_notification(ports.table, _notification(ports, user_id, circle_id, now))
            if is_mentioned or change.old:
                read_markers.put_mention(ports.table, user_id, circle_id, room_id, now.seq, is_mentioned=is_mentioned)
        subject = _subject(now)
        if change.old:
            notifications.put_subject_state(ports.table, subject, now.version, is_visible=now.is_shown)
        notifications.update_visibility(ports.table, subject.root)


def _recipients(ports: Ports, circle_id: str, message: Message) -> frozenset[str]:
    """Return the users that a message mentions as it is now, who can read it. Cost: 1 read unit per user."""
    if not message.is_shown:
        return frozenset()
    others = [user_id for user_id in message.mentions if user_id != message.sender]
    found = participants.find_participants(ports.table, circle_id, others)
    can_enter = [participant.user_id for participant in found if participant.can_enter(message.room_id)]
    return frozenset(user_id for user_id in can_enter if message.sender not in list_blocked_users(ports.table, user_id))


def _notification(ports: Ports, user_id: str, circle_id: str, message: Message) -> Notification:
    about, version = {"circle_id": circle_id, "room_id": message.room_id}, millis(message.sent_at)
    actors = (message.sender,)
    return Notification(user_id, NotificationKind.MENTION, _subject(message), version, ports.clock(), about, actors=actors)


def _subject(message: Message) -> Subject:
    return Subject.of(f"{message.room_id}/{message.seq}")
