"""The settings of the chat service."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.settings import InForce, burst, interval, setting
from services.shared.pictures.settings import PictureSettings

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


class ChatSettings(PictureSettings):
    """With the defaults, a member sends 5 messages at once, then 1 per second."""

    ORDER = (*PictureSettings.ORDER, ("send_interval", "send_burst"), ("max_pictures_of_newcomer", "max_pictures"))

    send_interval: timedelta = setting(SECOND, timedelta(milliseconds=100), MINUTE, "The time per message of one member.")
    send_burst: timedelta = setting(
        4 * SECOND, timedelta(milliseconds=100), 10 * MINUTE, "How far a member's messages can run ahead of that rate."
    )
    room_sends_per_second: int = setting(50, 1, 1000, "The messages per second of a room, of all members.")
    room_send_ahead: timedelta = setting(
        20 * SECOND, SECOND, 10 * MINUTE, "How far the messages of a room can run ahead of that rate."
    )
    network_sends_per_second: int = setting(100, 1, 1000, "The messages per second of a network (IPv4 /24, IPv6 /56).")
    network_send_ahead: timedelta = setting(
        MINUTE, SECOND, 10 * MINUTE, "How far the messages of a network can run ahead of that rate."
    )
    network_sample: int = setting(16, 1, 1000, "One of so many messages counts for the rate of its network.")
    network_member_interval: timedelta = setting(
        10 * SECOND, SECOND, 10 * MINUTE, "The time per message of one member whose network sends more than its rate."
    )
    ticket_burst: int = burst(20, "get a ticket")
    ticket_interval: timedelta = interval(10 * SECOND, "ticket")
    frequent_tickets: int = setting(
        5, 1, 100, "How many tickets a user gets at once before they count for the rate of sockets of their network."
    )
    network_sockets_per_second: int = setting(
        10, 1, 1000, "The tickets, and the connections, per second of the frequent users of a network."
    )
    network_socket_ahead: timedelta = setting(
        MINUTE, SECOND, 10 * MINUTE, "How far tickets and connections of a network can run ahead of that rate."
    )
    subscription_burst: int = burst(100, "subscribe a connection to a room")
    subscription_interval: timedelta = interval(SECOND, "subscription")
    report_burst: int = burst(10, "report a message")
    report_interval: timedelta = interval(MINUTE, "report")
    change_burst: int = burst(30, "pin, highlight or edit a message, open a topic or change a room")
    change_interval: timedelta = interval(5 * SECOND, "change of a message or room")
    max_sockets: int = setting(10, 1, 100, "The most WebSocket connections of one user; a new one closes the oldest.")
    max_subscriptions: int = setting(100, 1, 500, "The most rooms that one connection is subscribed to.")
    burst_gap_milliseconds: int = setting(100, 0, 1000, "Messages closer together than this are pushed together.")
    push_part_size: int = setting(1000, 1, 1000, "The most connections of a room that one function pushes to.")
    max_message_length: int = setting(2000, 1, 2000, "The most characters of a message.")
    max_pictures: int = setting(9, 0, 9, "The most pictures of a message.")
    max_pictures_of_newcomer: int = setting(1, 0, 9, "The most pictures of a newcomer's message.")
    max_mentions_of_newcomer: int = setting(2, 0, 50, "The most mentions in a newcomer's message.")
    recall_period: timedelta = setting(
        2 * MINUTE, timedelta(seconds=10), DAY, "How long after its sending a message can be recalled."
    )
    edit_period: timedelta = setting(DAY, MINUTE, 30 * DAY, "How long after its sending a message can be edited.")
    earlier_text_lifetime: timedelta = setting(
        30 * DAY, DAY, 365 * DAY, "How long moderators can read what a message was before it was edited, recalled or removed."
    )
    max_mentions: int = setting(10, 0, 10, "The most users that a message mentions.")
    mentions_of_all_per_day: int = setting(3, 0, 100, "How many messages of a circle can mention all, per day in China.")
    max_reactions: int = setting(3, 1, 8, "The most different reactions of one member to a message.")
    reaction_burst: int = burst(30, "react to a message or take a reaction back")
    reaction_interval: timedelta = interval(2 * SECOND, "reaction")
    max_pins: int = setting(5, 1, 50, "The most messages pinned in a room.")
    max_highlights: int = setting(1000, 1, 2000, "The most highlighted messages of a room.")
    max_topics: int = setting(20, 1, 50, "The most open topics of a circle.")
    max_archived_topics: int = setting(100, 1, 200, "The most archived topics of a circle.")
    max_room_name_length: int = setting(30, 1, 30, "The most characters of the name of a topic.")
    max_room_notice_length: int = setting(200, 1, 200, "The most characters of the notice of a room.")
    max_unread: int = setting(99, 1, 99, "The highest unread count that is shown.")
    notification_lifetime: timedelta = setting(90 * DAY, DAY, 365 * DAY, "How long a notification is listed.")
    max_unread_notifications: int = setting(99, 1, 99, "The highest count of unread notifications that is shown.")
    quiet_from_hour: int = setting(22, 0, 23, "The hour in China at which quiet hours begin by default.")
    quiet_until_hour: int = setting(8, 0, 23, "The hour in China at which quiet hours end by default.")
    digest_hour: int = setting(20, 0, 23, "The hour in China of the daily digest by default.")
    max_push_subscriptions: int = setting(10, 1, 50, "The most browsers of one user that get web pushes.")
    push_subscription_burst: int = burst(20, "subscribe a browser to web pushes")
    push_subscription_interval: timedelta = interval(MINUTE, "subscription of a browser")
    push_failure_period: timedelta = setting(
        3 * DAY, timedelta(hours=1), 30 * DAY, "After how long without a successful push a subscription is deleted."
    )
    push_lifetime: timedelta = setting(DAY, MINUTE, 28 * DAY, "How long a push service keeps a web push for a browser.")
    ticket_lifetime: timedelta = setting(MINUTE, 10 * SECOND, 10 * MINUTE, "How long a ticket can open a WebSocket connection.")


settings = InForce(ChatSettings)
