"""On which days members send messages, from the table's stream."""

from __future__ import annotations

from services.chat.domain import MessageKind
from services.chat.repository.member_days import MemberDay, put_member_days
from services.chat.repository.message_items import MESSAGE, message_from_item
from services.chat.repository.messages import room_of_message
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import china_day
from services.shared.messaging.stream import Change, Changes


def is_sent(change: Change) -> bool:
    """Whether a change is a new message of a member, not a void."""
    is_new = change.key.sk.startswith(MESSAGE) and change.old is None
    return is_new and change.new is not None and change.new["kind"] != MessageKind.VOID


def record_member_days(ports: Ports, changes: Changes) -> None:
    """Store the days on which members sent these messages, each once, with its event. A repeat changes nothing.

    Not when a message is sent: that would cost each send a read or the rate limit an attribute, and a send that is denied or
    crashes afterwards must not count.
    Cost: 0.5 read units per sender and batch; 1 write unit for the first message of a member, circle and day.
    """
    messages = [(message_from_item(change.new), room_of_message(change.key)) for change in changes if change.new]
    put_member_days(ports, [MemberDay(circle_id, sent.sender, china_day(sent.sent_at)) for sent, (circle_id, _) in messages])
