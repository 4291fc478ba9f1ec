"""The settings of the chat service."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.settings import InForce, Settings, setting

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class ChatSettings(Settings):
    """With the defaults, a member sends 5 messages at once, then 1 per second."""

    ORDER = (("send_interval", "send_burst"),)

    send_interval: timedelta = setting(SECOND, timedelta(milliseconds=100), MINUTE, "The time per message of one member.")
    send_burst: timedelta = setting(
        4 * SECOND, timedelta(milliseconds=100), 10 * MINUTE, "How far a member's messages can run ahead of that rate."
    )
    max_message_length: int = setting(2000, 1, 2000, "The most characters of a message.")
    max_pins: int = setting(5, 1, 50, "The most messages pinned in a room.")
    max_unread: int = setting(99, 1, 999, "The highest unread count that is shown; counting costs a read of each message.")
    ticket_lifetime: timedelta = setting(MINUTE, 10 * SECOND, 10 * MINUTE, "How long a ticket can open a WebSocket connection.")


settings = InForce(ChatSettings)
