"""Take-downs of the platform: messages that no member sees until an appeal ends them."""

from __future__ import annotations

from functools import partial

from services.chat.errors import MessageNotFound
from services.chat.repository import messages
from services.chat.usecases.pins import unpin_ended
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.shared.messaging.events import TakeDownChanged
from services.shared.security.take_downs import TakeDown
from services.shared.table.versioned import update


def take_message_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take a message down, or end a take-down, and push this to the room's subscribers. The stream revises the room's head.

    A message that is down is unpinned for good. What is stored decides, and not whether this call stored it: a delivery before
    can have crashed in between. A push is repeated then, which changes no screen.
    Unchanged if the message does not exist: it existed before its report, so it was deleted with its circle.
    Cost: 1 write unit and 2 read units, and those of the push.
    """
    room_id, _, seq = event.data.subject_id.partition("/")
    circle_id, take_down, at = event.data.circle_id, TakeDown.of(event), ports.clock()
    load_message = partial(messages.load_message, ports.table, circle_id, room_id, int(seq))
    try:
        message = update(ports, load_message, lambda message: message.apply_take_down(take_down, at=at))
    except MessageNotFound:
        return
    if message.take_downs.is_down:
        unpin_ended(ports, circle_id, room_id, message.seq)
    frame = "taken_down" if message.take_downs.is_down else "restored"
    push_to_room(ports, circle_id, room_id, {"type": frame, "room_id": room_id, "seq": message.seq})
